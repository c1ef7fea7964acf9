"""What downstream is told of a verdict. Way: guard, desk -> here -> outbox -> tellers -> events.

Facts the contract has words for (a limit set, an exclusion, a break) are found by comparing the
standing before with the one after; every finding is told as a rule that applied. The score gate
reads the former, so a break reaches the CRM's answers within the stream's second.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.compliance.check import Case
from core.compliance.finding import Effect, Verdict
from core.compliance.standing import Hold, Limit, Standing

Told = tuple[str, dict[str, Any]]
EXCLUDES = {"operator_exclusion": "operator", "register_exclusion": "register"}
PROTECTING = ("strong_indicator", "suppress_marketing", "suppress_bonus", "block_play")
"""Marks that stand until a person clears them, and keep offers away."""
BREAKS = frozenset({"time_out", "break", "panic", "suspension"})


def told_of(case: Case, verdict: Verdict, after: Standing) -> Iterator[Told]:
    """Yield kinds of outbox rows with their details."""
    for finding in verdict.findings:
        if finding.effect is not Effect.RECORD or finding.duty:
            yield "ruled", {
                "request": case.request.kind, "rule": finding.rule, "effect": finding.effect,
                "event": finding.event, "reason": finding.reason, "decision": verdict.decision,
                "pack": verdict.pack, "duty": finding.duty, "due_us": finding.due_us,
            }  # fmt: skip
        if finding.effect is Effect.REFUSE and "binding_limit" in finding.inputs:
            limit, _, period = str(finding.inputs["binding_limit"]).rpartition(":")
            named = limit or str(finding.inputs.get("aggregate", ""))
            yield "limit_hit", {"limit": named, "period": period}
    yield from _protection(case.standing, verdict, after)
    yield from _limits(case.standing.limits, after.limits)
    yield from _holds(case.standing.holds, after.holds)


def _protection(before: Standing, verdict: Verdict, after: Standing) -> Iterator[Told]:
    """Yield whether a player is to be left alone from now on, or need not be any longer.

    A sign met again is told again: who released him meanwhile did not know of it.
    """
    set_now = [one for one in verdict.findings if one.mark in PROTECTING]
    if set_now and is_protected(after):
        yield "protected", {"rule": set_now[0].rule}
    elif is_protected(before) and not is_protected(after):
        yield "released", {"rule": verdict.findings[0].rule if verdict.findings else ""}


def is_protected(standing: Standing) -> bool:
    """Say whether a sign of harm stands for whose sake a player is left alone."""
    return any(standing.has_mark(mark) for mark in PROTECTING)


def _limits(before: tuple[Limit, ...], after: tuple[Limit, ...]) -> Iterator[Told]:
    if after == before:
        return
    known = {(one.limit, one.period, one.scope): one for one in before}
    for limit in after:
        old = known.get((limit.limit, limit.period, limit.scope))
        if old == limit:
            continue
        if limit.pending is not None and (old is None or old.pending != limit.pending):
            asked = {"amount": limit.pending.amount, "effective_us": limit.pending.effective_us}
            yield "limit_increase_requested", {**_named(limit), **asked}
        if limit.amount is not None and (old is None or old.amount != limit.amount):
            yield "limit_set", {
                **_named(limit), "amount": limit.amount,
                "previous": None if old is None else old.amount,
            }  # fmt: skip


def _named(limit: Limit) -> dict[str, Any]:
    return {"limit": limit.limit, "period": limit.period, "scope": limit.scope}


def _holds(before: tuple[Hold, ...], after: tuple[Hold, ...]) -> Iterator[Told]:
    known = {(hold.kind, hold.register, hold.since_us): hold for hold in before}
    for hold in after:
        old = known.get((hold.kind, hold.register, hold.since_us))
        said = {
            "hold": hold.kind, "scope": EXCLUDES.get(hold.kind, "operator"),
            "register": hold.register or None, "until_us": hold.until_us,
        }  # fmt: skip
        if old is None and hold.ended_us is None:
            yield ("self_excluded" if hold.kind in EXCLUDES else "timed_out"), said
        has_ended = hold.ended_us is not None and (old is None or old.ended_us is None)
        if old is not None and has_ended and hold.kind in EXCLUDES:
            yield "exclusion_ended", said
