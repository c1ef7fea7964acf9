"""What the limits in force leave. Way: standing -> limits_in_force, used -> here -> checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from core.compliance.check import Case
from core.compliance.limits_in_force import amount_at
from core.compliance.standing import Sums
from core.compliance.used import sums_at, used_of
from core.compliance.visits import visit_of

OF_SECONDS = frozenset({"time", "session"})
"""Limits of time: their amounts are seconds."""


class Bound(msgspec.Struct, frozen=True):
    """One limit in force, and what is used of it. `end_us` null: no frame ends it."""

    limit: str
    period: str
    amount: int
    used: int
    start_us: int
    end_us: int | None
    is_fresh: bool
    """Whether nothing was paid in since the frame began."""

    @property
    def left(self) -> int:
        """What may still be used; below zero if more was used than a lowered limit allows."""
        return self.amount - self.used


def bounds_of(
    case: Case,
    names: Collection[str],
    periods: Collection[str],
    defaults: Mapping[str, str] | None = None,
) -> list[Bound]:
    """Return the player's own limits of some kinds and periods that stand now.

    `defaults` are amounts by period that bind who has set none himself.
    """
    found = []
    for limit in case.standing.limits:
        if limit.limit in names and limit.period in periods and limit.scope == "account":
            amount = amount_at(limit, case.at_us)
            if amount is not None:
                found.append(_bound(case, limit.limit, limit.period, amount))
    if defaults:
        known = {(bound.limit, bound.period) for bound in found}
        found += [
            _bound(case, name, period, case.units(amount))
            for name in sorted(names)
            for period, amount in defaults.items()
            if (name, period) not in known
        ]
    return found


def bound_inputs(case: Case, bound: Bound, requested: int) -> dict[str, Any]:
    """Return what the log says of a limit and a wish to use more of it."""
    left = max(0, bound.left)
    return {
        "aggregate": bound.limit, "binding_limit": bound.period,
        "limit": shown(case, bound.limit, bound.amount),
        "used": shown(case, bound.limit, bound.used),
        "requested": shown(case, bound.limit, requested),
        "remaining": shown(case, bound.limit, left),
        "window_start": case.local(bound.start_us),
        "window_end": None if bound.end_us is None else case.local(bound.end_us),
        "room_units": left,
    }  # fmt: skip


def shown(case: Case, limit: str, amount: int) -> str:
    """Write an amount of a limit for the log: money as decimal text, time as seconds."""
    return str(amount) if limit in OF_SECONDS else case.text(amount)


def _bound(case: Case, limit: str, period: str, amount: int) -> Bound:
    sums = _sums(case, period)
    used = used_of(limit, sums)
    end_us = sums.end_us or None
    return Bound(limit, period, amount, used, sums.start_us, end_us, sums.deposits == 0)


def _sums(case: Case, period: str) -> Sums:
    """Return what moved in a period: a frame, the visit that runs, or a bet by itself."""
    if period == "bet":
        return Sums(start_us=case.at_us, end_us=0)
    if period != "session":
        return sums_at(case, period)
    play = visit_of(case)
    if play is None or play.started_us is None:
        return Sums(start_us=case.at_us, end_us=0)
    return Sums(
        start_us=play.started_us, end_us=0, deposits=play.deposits, stakes=play.stakes,
        wins=play.wins,
    )  # fmt: skip
