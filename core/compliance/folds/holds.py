"""Breaks and exclusions as they begin, are lifted and end. Way: judge -> here -> standing.holds.

A hold is only ever added, given the instant of its own end, or seen to be over. A wish for a break
that no rule knew is kept all the same: who asks to be stopped is stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.held import is_over, over_us, ranks
from core.compliance.hold_return import RETURNS, comes_anew
from core.compliance.request import Request
from core.compliance.requests.account import DayPassed, Login, Registration
from core.compliance.requests.holds import (
    BlockSet,
    ExclusionAsked,
    LiftAsked,
    LiftDecided,
    PanicPressed,
    RegisterAnswered,
    ReturnConfirmed,
    TimeOutAsked,
)
from core.compliance.standing import Hold, Standing, is_in_force, with_changes

KEPT = 20
"""Holds that are over and still kept here."""
RUNNING = 8
"""Holds of a kind in force and kept; of more, those that bind no longer than another go."""
_KINDS: dict[type[Request], tuple[str, str, str]] = {
    ExclusionAsked: ("operator_exclusion", "act", ""),
    TimeOutAsked: ("time_out", "clock", ""),
    PanicPressed: ("panic", "clock", "PT24H"),
}


def apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    """Return the standing with its holds as they are after a request."""
    happened = _HAPPENED.get(type(case.request))
    granted = _GRANTED.get(type(case.request)) if verdict.decision == "allow" else None
    follows = happened or granted
    holds = standing.holds if follows is None else follows(case, verdict, standing.holds)
    return with_changes(standing, holds=_kept(holds, case.at_us))


def _taken(case: Case, verdict: Verdict, holds: tuple[Hold, ...]) -> tuple[Hold, ...]:
    """Add what was asked for, as each rule that knows it says."""
    begun = [
        Hold(
            kind=finding.inputs["hold"], since_us=case.at_us, rule=finding.rule,
            until_us=finding.until_us, ends_by=finding.inputs["ends_by"],
            register=finding.inputs.get("register", ""),
            brands=tuple(finding.inputs.get("brands", ())),
        )
        for finding in verdict.findings if "ends_by" in finding.inputs
    ]  # fmt: skip
    for hold in begun or [_unknown(case)]:
        holds = _added(holds, hold, case.at_us)
    return holds


def _unknown(case: Case) -> Hold:
    """Return the hold of a wish no rule of the pack spoke of, for the term it names."""
    kind, ends_by, term = _KINDS[type(case.request)]
    asked = getattr(case.request, "term", None) or term
    until_us = case.later(asked) if asked else None
    return Hold(kind=kind, since_us=case.at_us, rule="", until_us=until_us, ends_by=ends_by)


def _added(holds: tuple[Hold, ...], new: Hold, at_us: int) -> tuple[Hold, ...]:
    """Add a hold beside the others, unless one of its kind already binds as long."""
    alike = [one for one in holds if _is_alike(one, new) and is_in_force(one, at_us)]
    if any(ranks(one) >= ranks(new) for one in alike):
        return holds
    spare = alike[1:] if len(alike) >= RUNNING else []
    return (*(one for one in holds if one not in spare), new)


def _is_alike(one: Hold, other: Hold) -> bool:
    return (one.kind, one.register) == (other.kind, other.register)


def _lift_asked(case: Case, verdict: Verdict, holds: tuple[Hold, ...]) -> tuple[Hold, ...]:
    """Note since when a decision is owed, where a rule took the wish up."""
    request = case.request
    is_taken_up = any(finding.event == "LIFT_REQUESTED" for finding in verdict.findings)
    if not isinstance(request, LiftAsked) or not is_taken_up:
        return holds

    def after(hold: Hold) -> Hold:
        is_meant = hold.kind == request.hold and is_in_force(hold, case.at_us)
        is_new = is_meant and hold.lift_asked_us is None
        return with_changes(hold, lift_asked_us=case.at_us) if is_new else hold

    return tuple(map(after, holds))


def _decided(case: Case, verdict: Verdict, holds: tuple[Hold, ...]) -> tuple[Hold, ...]:
    """Lift what was asked for from the instant the findings name, or leave all as it was."""
    request = case.request
    is_decided = any(finding.event == "LIFT_DECISION" for finding in verdict.findings)
    if not isinstance(request, LiftDecided) or not is_decided:
        return holds
    from_us = _from_us(case, verdict, request.hold)

    def after(hold: Hold) -> Hold:
        if hold.kind != request.hold or hold.lift_asked_us is None:
            return hold
        if not is_in_force(hold, case.at_us):
            return hold
        if not request.is_granted:
            return with_changes(hold, lift_asked_us=None, lift_from_us=None)
        return hold if from_us is None else with_changes(hold, lift_from_us=from_us)

    return tuple(map(after, holds))


def _let_back(case: Case, verdict: Verdict, holds: tuple[Hold, ...]) -> tuple[Hold, ...]:
    """Let a player back who confirmed that he wants it, or who came as somebody new."""
    is_new = isinstance(case.request, Registration)

    def after(hold: Hold) -> Hold:
        from_us = _from_us(case, verdict, hold.kind)
        is_way = comes_anew(hold) if is_new else hold.ends_by == "act"
        if from_us is None or not is_way or not is_in_force(hold, case.at_us):
            return hold
        return hold if hold.lift_from_us is not None else with_changes(hold, lift_from_us=from_us)

    return tuple(map(after, holds))


def _from_us(case: Case, verdict: Verdict, kind: str) -> int | None:
    """Return from when findings let a player back from a kind of hold, null if none does."""
    found = [one for one in verdict.findings if one.inputs.get(RETURNS) == kind]
    return max((one.until_us or case.at_us for one in found), default=None)


def _registered(case: Case, verdict: Verdict, holds: tuple[Hold, ...]) -> tuple[Hold, ...]:
    """Follow a register's word: who is listed is held, who is clear no longer for its sake."""
    request = case.request
    if not isinstance(request, RegisterAnswered) or request.status not in ("listed", "clear"):
        return holds
    if request.status == "clear":
        return tuple(_ended_by_register(case, one, request.register) for one in holds)
    rule = next((f.rule for f in verdict.findings if f.event == "REGISTER_HIT"), "")
    since_us = case.at_us if request.since_us is None else min(case.at_us, request.since_us)
    listed = Hold(
        kind="register_exclusion", since_us=since_us, rule=rule, until_us=request.until_us,
        ends_by="register", register=request.register,
    )  # fmt: skip
    known = [one for one in holds if _is_alike(one, listed) and is_in_force(one, case.at_us)]
    if not known:
        return (*holds, listed)
    return tuple(
        with_changes(one, until_us=request.until_us) if one in known else one for one in holds
    )


def _ended_by_register(case: Case, hold: Hold, register: str) -> Hold:
    """End what a register put on a player; what he asked for here also lasts its own term."""
    if hold.register != register or hold.ends_by != "register":
        return hold
    is_over_here = hold.until_us is not None and hold.until_us <= case.at_us
    if hold.kind == "register_exclusion" or is_over_here:
        return with_changes(hold, ended_us=case.at_us) if hold.ended_us is None else hold
    return hold


def _blocked(case: Case, _verdict: Verdict, holds: tuple[Hold, ...]) -> tuple[Hold, ...]:
    """Follow staff's word, which ends no break or exclusion."""
    if isinstance(case.request, BlockSet) and case.request.is_on:
        block = Hold(kind="block", since_us=case.at_us, rule="", ends_by="staff")
        return _added(holds, block, case.at_us)
    return tuple(
        with_changes(one, ended_us=case.at_us)
        if one.ends_by == "staff" and one.ended_us is None else one
        for one in holds
    )  # fmt: skip


def _kept(holds: Iterable[Hold], at_us: int) -> tuple[Hold, ...]:
    """Mark what is over, and drop the oldest of it: the log keeps all."""
    seen = [
        with_changes(one, ended_us=over_us(one))
        if one.ended_us is None and is_over(one, at_us) else one
        for one in holds
    ]  # fmt: skip
    over = [one for one in seen if one.ended_us is not None]
    dropped = over[:-KEPT]
    return tuple(one for one in seen if one not in dropped)


Follows = Callable[[Case, Verdict, tuple[Hold, ...]], tuple[Hold, ...]]
_HAPPENED: dict[type[Request], Follows] = {RegisterAnswered: _registered, BlockSet: _blocked}
_GRANTED: dict[type[Request], Follows] = {
    ExclusionAsked: _taken,
    TimeOutAsked: _taken,
    PanicPressed: _taken,
    LiftAsked: _lift_asked,
    LiftDecided: _decided,
    ReturnConfirmed: _let_back,
    Registration: _let_back,
}

HOLDS = Fold(
    name="holds",
    on=(*_HAPPENED, *_GRANTED, Login, DayPassed),
    owns=("holds",),
    apply=apply,
)
