"""The net losses of the weeks that are over. Way: standing.weeks, sums -> here -> checks."""

from __future__ import annotations

from core.compliance.check import Case
from core.compliance.used import sums_at


def finished_weeks(case: Case, count: int) -> tuple[tuple[int, int], ...]:
    """Return the last weeks before the running one as (start, net loss), oldest first.

    A week without play has lost nothing.
    """
    losses = dict(case.standing.weeks)
    held = case.standing.sums.get("week")
    if held is not None and case.at_us >= held.end_us:
        losses[held.start_us] = held.stakes - held.wins
    start_us = week_start(case)
    found = []
    for _ in range(count):
        start_us = case.zone.frame("week", start_us - 1).start_us
        found.append((start_us, losses.get(start_us, 0)))
    return tuple(reversed(found))


def week_start(case: Case) -> int:
    """Return when the running week began."""
    return sums_at(case, "week").start_us
