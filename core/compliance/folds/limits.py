"""The limits of a player after a request. Way: verdict -> here -> standing.limits.

What was granted stands at once; what was put off is kept as a wish with its instant; a wish whose
instant has come is taken in. A wish that is granted or put off ends the wish before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.compliance.check import Case
from core.compliance.finding import Effect, Verdict
from core.compliance.fold import Fold
from core.compliance.limits_in_force import (
    NEEDS_CONFIRMATION,
    NEEDS_CONTACT,
    RAISE_ASKED,
    has_lapsed,
    is_raise,
    settled,
)
from core.compliance.request import Request
from core.compliance.requests.account import Login
from core.compliance.requests.limits import LimitAsked, LimitConfirmed, LimitContacted
from core.compliance.requests.money import Deposit
from core.compliance.standing import Limit, PendingLimit, Standing, with_changes

RAISES_KEPT = 8


def _apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    limits = {_key(limit): settled(limit, case.at_us) for limit in standing.limits}
    change = _CHANGES.get(type(case.request))
    if change is not None:
        changed = change(limits.get(_key(case.request)), case, verdict)
        if changed is not None:
            limits[_key(changed)] = changed
    after = tuple(limits.values())
    return standing if after == standing.limits else with_changes(standing, limits=after)


def _key(named: Any) -> tuple[str, str, str]:
    return named.limit, named.period, named.scope


def _asked(held: Limit | None, case: Case, verdict: Verdict) -> Limit | None:
    asked: Any = case.request
    if verdict.decision not in ("allow", "pend"):
        return held
    limit = held or Limit(
        limit=asked.limit, period=asked.period, amount=None, set_us=case.at_us, scope=asked.scope,
        source=asked.actor,
    )  # fmt: skip
    was_put_off = any(finding.event == RAISE_ASKED for finding in verdict.findings)
    if was_put_off or is_raise(limit.amount, asked.amount):
        raised_us = (*limit.raised_us, case.at_us)[-RAISES_KEPT:]
        limit = with_changes(limit, raised_us=raised_us)
    elif limit.amount is not None and verdict.is_allowed and asked.amount != limit.amount:
        limit = with_changes(limit, lowered_us=case.at_us)
    if verdict.is_allowed:
        return with_changes(limit, amount=asked.amount, set_us=case.at_us, pending=None)
    return with_changes(limit, pending=_pending(case, verdict))


def _pending(case: Case, verdict: Verdict) -> PendingLimit:
    """Return a wish as the rules that put it off have left it: the latest instant counts."""
    asked: Any = case.request
    put_off = [finding for finding in verdict.findings if finding.effect is Effect.PEND]
    confirm = [finding for finding in put_off if finding.event == NEEDS_CONFIRMATION]
    by_us = [finding.due_us for finding in confirm if finding.due_us is not None]
    raised = [finding for finding in put_off if finding.event == RAISE_ASKED]
    return PendingLimit(
        amount=asked.amount, asked_us=case.at_us, rule=(raised or put_off)[0].rule,
        effective_us=max(case.at_us, *(finding.until_us or 0 for finding in put_off)),
        needs_confirmation=bool(confirm), confirm_by_us=min(by_us, default=None),
        needs_contact=any(finding.event == NEEDS_CONTACT for finding in put_off),
    )  # fmt: skip


def _confirmed(held: Limit | None, case: Case, verdict: Verdict) -> Limit | None:
    pending = None if held is None else held.pending
    if held is None or pending is None or not verdict.is_allowed:
        return held
    if case.at_us < pending.effective_us or has_lapsed(pending, case.at_us):
        return held
    return _met(held, with_changes(pending, needs_confirmation=False), case)


def _contacted(held: Limit | None, case: Case, verdict: Verdict) -> Limit | None:
    if held is None or held.pending is None or not verdict.is_allowed:
        return held
    return _met(held, with_changes(held.pending, needs_contact=False), case)


def _met(held: Limit, pending: PendingLimit, case: Case) -> Limit:
    """Return a limit whose wish waits for one thing less; it stands no earlier than now."""
    effective_us = max(pending.effective_us, case.at_us)
    pending = with_changes(pending, effective_us=effective_us)
    return settled(with_changes(held, pending=pending), case.at_us)


_CHANGES: dict[type[Request], Callable[[Limit | None, Case, Verdict], Limit | None]] = {
    LimitAsked: _asked,
    LimitConfirmed: _confirmed,
    LimitContacted: _contacted,
}

FOLD = Fold("limits", (*_CHANGES, Deposit, Login), ("limits",), _apply)
