"""The ways back from an exclusion: by an act of the player's, a decision, or not at all.

Way: packs -> here -> checks/hold, checks/hold_return -> fold holds. A finding whose inputs say
`returns` lets the player back from its `until_us` on, at once where that is null; of several the
latest counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from core.compliance.check import Case, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.held import in_force, longest
from core.compliance.pack import PackRule
from core.compliance.requests.account import Registration
from core.compliance.requests.holds import LiftAsked, LiftDecided, ReturnConfirmed
from core.compliance.standing import Hold

Route = Literal["act", "lift", "registration", "none"]
RETURNS = "returns"
LIFTABLE = frozenset({"clock", "lift"})
"""Ends that a decision may bring on sooner, where a rule knows such a decision at all."""


class Back(Parameters, frozen=True, kw_only=True):
    """How a hold of a kind ends other than by the clock.

    With route act the player confirms once its term is over; with lift he asks with a reason and
    staff decides within the deadline of the rule's action; with registration he comes as a new
    customer, no sooner than the `until` of the action after it began; with none nothing he does
    ends it. After an act or a decision `cooling` passes first, `cooling_endless` where the hold had
    no end; a rule whose action is to wait says so in its `until` instead.
    """

    route: Route = "none"
    cooling: str = ""
    cooling_endless: str = ""


def findings_of_return(case: Case, rule: PackRule, kind: str, back: Back) -> Iterator[Finding]:
    """Yield what a rule says of a wish to be let back, or of a decision on it."""
    request = case.request
    held = longest(in_force(case.standing, case.at_us, (kind,)))
    if held is None:
        return
    if isinstance(request, Registration):
        yield from _came_anew(case, rule, kind, back)
    elif not isinstance(request, LiftAsked | LiftDecided | ReturnConfirmed):
        return
    elif request.hold == kind:
        yield from _ANSWERS[type(request)](case, rule, held, back)


def comes_anew(hold: Hold) -> bool:
    """Say whether a hold leaves registering to the rule on the way back."""
    return hold.ends_by == "registration"


def _confirmed(case: Case, rule: PackRule, held: Hold, back: Back) -> Iterator[Finding]:
    is_over = held.until_us is not None and held.until_us <= case.at_us
    if back.route != "act" or held.ends_by != "act":
        yield _refused(case, rule, "RETURN_REFUSED", "NO_RETURN_BY_ACT", held)
    elif case.request.actor != "player":
        yield _refused(case, rule, "RETURN_REFUSED", "NOT_THE_PLAYER", held)
    elif not is_over:
        yield _refused(case, rule, "RETURN_REFUSED", "TERM_RUNS", held)
    elif held.lift_from_us is None:
        inputs = {"hold": held.kind, RETURNS: held.kind}
        yield Finding(rule.id, Effect.RECORD, "RETURN_CONFIRMED", "", inputs)
        yield from _cooling(case, rule, held, back)


def _lift_asked(case: Case, rule: PackRule, held: Hold, back: Back) -> Iterator[Finding]:
    request = case.request
    if back.route != "lift" or held.ends_by not in LIFTABLE:
        yield _refused(case, rule, "LIFT_REFUSED", "NOT_LIFTABLE", held)
        return
    if not (isinstance(request, LiftAsked) and request.reason.strip()):
        yield _refused(case, rule, "LIFT_REFUSED", "REASON_MISSING", held)
        return
    asked = _asked(case, held.kind)
    asked_us = min((one.lift_asked_us or 0 for one in asked), default=case.at_us)
    inputs = {"hold": held.kind, "asked": case.local(asked_us)}
    if asked:
        yield Finding(rule.id, Effect.RECORD, "LIFT_REQUESTED", "ASKED_BEFORE", inputs)
        return
    yield Finding(
        rule.id, Effect.DUTY, "LIFT_REQUESTED", "", inputs, duty=rule.action.duty,
        due_us=case.later(rule.action.deadline),
    )  # fmt: skip


def _lift_decided(case: Case, rule: PackRule, held: Hold, back: Back) -> Iterator[Finding]:
    request = case.request
    asked = longest(_asked(case, held.kind))
    if back.route != "lift" or held.ends_by not in LIFTABLE:
        yield _refused(case, rule, "LIFT_DECISION_REFUSED", "NOT_LIFTABLE", held)
    elif request.actor != "staff":
        yield _refused(case, rule, "LIFT_DECISION_REFUSED", "NOT_STAFF", held)
    elif asked is None or asked.lift_asked_us is None or not isinstance(request, LiftDecided):
        yield _refused(case, rule, "LIFT_DECISION_REFUSED", "NOT_ASKED_FOR", held)
    else:
        yield _decision(case, rule, asked, request)
        if request.is_granted and asked.lift_from_us is None:
            yield from _cooling(case, rule, asked, back)


def _decision(case: Case, rule: PackRule, asked: Hold, request: LiftDecided) -> Finding:
    asked_us = asked.lift_asked_us or 0
    due_us = case.later(rule.action.deadline, asked_us)
    inputs: dict[str, Any] = {
        "hold": asked.kind, "asked": case.local(asked_us), "due": case.local(due_us),
        "is_granted": request.is_granted, "is_late": case.at_us > due_us, "why": request.reason,
    }  # fmt: skip
    if request.is_granted and asked.lift_from_us is None:
        inputs[RETURNS] = asked.kind
    return Finding(rule.id, Effect.RECORD, "LIFT_DECISION", "", inputs)


def _came_anew(case: Case, rule: PackRule, kind: str, back: Back) -> Iterator[Finding]:
    """Refuse a registration while the time since a player left for good is too short."""
    left = [one for one in in_force(case.standing, case.at_us, (kind,)) if comes_anew(one)]
    if back.route != "registration" or not left:
        return
    latest = max(left, key=lambda one: one.since_us)
    from_us = case.later(rule.action.until, latest.since_us)
    inputs = {"hold": kind, "since": case.local(latest.since_us)}
    if case.at_us < from_us:
        yield Finding(
            rule.id, Effect.REFUSE, "REGISTRATION_REFUSED", kind.upper(), inputs, until_us=from_us
        )
    else:
        yield Finding(rule.id, Effect.RECORD, "NEW_CUSTOMER", "", inputs | {RETURNS: kind})


def _cooling(case: Case, rule: PackRule, held: Hold, back: Back) -> Iterator[Finding]:
    """Yield the waiting before play that an act or a decision begins, if there is one."""
    cooling = back.cooling if held.until_us is not None else back.cooling_endless or back.cooling
    if rule.action.type == "pend":
        cooling = cooling or rule.action.until
    if not cooling:
        return
    inputs = {"hold": held.kind, RETURNS: held.kind, "term": cooling}
    event = f"COOLING_{cooling.lstrip('PT')}"
    yield Finding(rule.id, Effect.RECORD, event, "", inputs, until_us=case.later(cooling))


def _asked(case: Case, kind: str) -> list[Hold]:
    found = in_force(case.standing, case.at_us, (kind,))
    return [one for one in found if one.lift_asked_us is not None]


def _refused(case: Case, rule: PackRule, event: str, reason: str, held: Hold) -> Finding:
    inputs = {"hold": held.kind, "since": case.local(held.since_us)}
    return Finding(rule.id, Effect.REFUSE, event, reason, inputs, until_us=held.until_us)


_ANSWERS = {ReturnConfirmed: _confirmed, LiftAsked: _lift_asked, LiftDecided: _lift_decided}
