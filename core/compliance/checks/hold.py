"""A break or exclusion of one kind: how it is taken, and what it bars. Way: packs -> here.

What it bars is what the rule's action aims at, and what is to be done when it begins is the
action's duty. Withdrawals are not looked at at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from core.compliance.barring import BARRED, Bar, bars, reason_of
from core.compliance.calendar import exact_us
from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Effect, Finding
from core.compliance.held import in_force, length_us, longest
from core.compliance.hold_offer import Offer, asked_term, end_of
from core.compliance.hold_return import Back, comes_anew, findings_of_return
from core.compliance.pack import PackRule
from core.compliance.parting import Parting, balance_returned, findings_of_parting
from core.compliance.requests.account import Activity
from core.compliance.requests.holds import (
    ExclusionAsked,
    LiftAsked,
    LiftDecided,
    PanicPressed,
    ReturnConfirmed,
    TimeOutAsked,
)
from core.compliance.requests.money import StakeSettled
from core.compliance.standing import Hold

_ASKS = (ExclusionAsked, PanicPressed, TimeOutAsked)
_BACK = (LiftAsked, LiftDecided, ReturnConfirmed)


class HoldRule(Parameters, frozen=True, kw_only=True):
    """A kind of hold: how it is taken, what follows at once, how it ends other than by the clock.

    `offer` null is another rule's. `marketing_from` leaves messages alone for holds whose whole
    length is shorter.
    """

    kind: str
    offer: Offer | None = None
    parting: Parting = Parting()
    back: Back = Back()
    marketing_from: str = ""


def judge(case: Case, rule: PackRule, parameters: HoldRule) -> Iterable[Finding]:
    """Say what a rule on a kind of hold says of a request."""
    request = case.request
    if isinstance(request, _ASKS):
        return _asked(case, rule, parameters)
    if not case.standing.holds:
        return ()
    if isinstance(request, _BACK):
        return _back(case, rule, parameters)
    held = longest(in_force(case.standing, case.at_us, (parameters.kind,)))
    return () if held is None else _barred(case, rule, parameters, held)


def _asked(case: Case, rule: PackRule, parameters: HoldRule) -> Iterator[Finding]:
    offer = parameters.offer
    if offer is None or case.request.kind != offer.by:
        return
    running = longest(in_force(case.standing, case.at_us, (parameters.kind,)))
    is_offered, until_us = end_of(case, offer, running)
    if not is_offered:
        wanted = asked_term(case.request, offer)
        said = {"hold": parameters.kind, "term": wanted, "offered": offer.told}
        yield refusal(rule, "BREAK_REFUSED", "TERM_NOT_OFFERED", **said)
        return
    inputs = _inputs(case, parameters.kind, offer)
    yield Finding(
        rule.id, Effect.RECORD, offer.event, "", inputs, until_us=until_us, if_decision=("allow",)
    )
    balance = getattr(case.request, "balance", None)
    yield from findings_of_parting(case, rule, parameters.parting, balance)


def _inputs(case: Case, kind: str, offer: Offer) -> dict[str, Any]:
    wanted = asked_term(case.request, offer)
    said: dict[str, Any] = {
        "hold": kind, "term": wanted, "since": case.local(case.at_us),
        "ends_by": offer.ends_by if wanted else offer.endless_ends_by,
    }  # fmt: skip
    if offer.register:
        said["register"] = offer.register
    if brands := getattr(case.request, "brands", ()):
        said["brands"] = list(brands)
    return said


def _back(case: Case, rule: PackRule, parameters: HoldRule) -> Iterable[Finding]:
    """Leave the way back to a rule of its own where this one names none."""
    if parameters.back.route == "none":
        return ()
    return findings_of_return(case, rule, parameters.kind, parameters.back)


def _barred(case: Case, rule: PackRule, parameters: HoldRule, held: Hold) -> Iterator[Finding]:
    request = case.request
    if isinstance(request, StakeSettled):
        yield from balance_returned(case, rule, parameters.parting, request)
        return
    if isinstance(request, Activity):
        if bars(rule, "login"):
            yield Finding(
                rule.id, Effect.END_SESSION, "LOGOUT", held.kind.upper(), {"hold": held.kind}
            )
        return
    bar, event = BARRED[type(request)]
    if bars(rule, bar) and not _is_let_through(bar, parameters, held):
        inputs = {"hold": held.kind, "since": case.local(held.since_us), "ends_by": held.ends_by}
        reason = reason_of(bar, held.kind.upper())
        yield Finding(rule.id, Effect.REFUSE, event, reason, inputs, until_us=held.until_us)


def _is_let_through(bar: Bar, parameters: HoldRule, held: Hold) -> bool:
    if bar == "registration":
        return comes_anew(held)
    length = length_us(held) if held.ends_by == "clock" else None
    is_short = length is not None and length < exact_us(parameters.marketing_from or "PT0S")
    return bar == "marketing" and is_short


HOLD = Check(
    name="hold",
    on=(*_ASKS, *_BACK, Activity, StakeSettled, *BARRED),
    parameters=HoldRule,
    judge=judge,
    says=(
        "A break or exclusion begins the moment it is asked for and bars what the rule names until "
        "it is over. A length that is not offered is refused; withdrawals are not looked at."
    ),
)
