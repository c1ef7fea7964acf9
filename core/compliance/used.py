"""How much was used of a limit's frame. Way: standing.sums, standing.paid -> here -> checks.

A frame of the calendar is a sum the fold `sums` keeps; a rolling window is added up from payments,
exactly: `(t - W, t]`. A deposit counts from its reservation, a withdrawal once it is paid.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.compliance.check import Case
from core.compliance.measure import Measure
from core.compliance.standing import Paid, Sums
from core.errors import DeclarationError

OF_DEPOSITS = frozenset({"deposit", "net_deposit"})
"""Limits a deposit uses."""
OF_STAKES = frozenset({"stake", "loss", "spend"})
"""Limits a stake uses."""


def sums_at(case: Case, frame: str) -> Sums:
    """Return what moved in the frame a case lies in; nothing yet in one that has just begun."""
    held = case.standing.sums.get(frame)
    if held is not None and case.at_us < held.end_us:
        return held
    fresh = case.frame(frame)
    return Sums(start_us=fresh.start_us, end_us=fresh.end_us)


def used_of(limit: str, sums: Sums) -> int:
    """Return what is used of a limit; below zero where more came back than went in.

    A spend limit is one on the player's own money put at risk: stakes beyond what was won.

    >>> sums = Sums(start_us=0, end_us=9, deposits=80, withdrawals=30, stakes=70, wins=90)
    >>> [used_of(name, sums) for name in ("deposit", "net_deposit", "stake", "loss")]
    [80, 50, 70, -20]

    Raises:
        DeclarationError: nothing of the kind is counted.
    """
    match limit:
        case "deposit":
            return sums.deposits
        case "net_deposit":
            return sums.deposits - sums.withdrawals
        case "stake":
            return sums.stakes
        case "loss" | "spend":
            return sums.stakes - sums.wins
        case "time":
            return sums.play_us // 1_000_000
    raise DeclarationError(f"a limit {limit!r}", expected="deposit, net_deposit, stake, loss, time")


def paid_within(payments: Iterable[Paid], after_us: int, *, net: bool) -> int:
    """Add up deposits later than an instant, less the withdrawals paid since if `net`."""
    total = 0
    for paid in payments:
        if paid.at_us <= after_us:
            continue
        if paid.is_deposit:
            total += paid.amount
        elif net and paid.state == "settled":
            total -= paid.amount
    return total


def deposited(case: Case, measure: Measure) -> tuple[int, int | None]:
    """Return what a measure of deposits comes to before this case, and the window's start.

    The start is null for the whole relationship. A rolling window begins just after it.

    Raises:
        DeclarationError: deposits are not counted in such a window.
    """
    window, standing = measure.window, case.standing
    match window.type:
        case "calendar":
            sums = sums_at(case, window.frames[0])
            return used_of("net_deposit" if measure.net else "deposit", sums), sums.start_us
        case "rolling":
            start_us = case.at_us - exact_us(window.length)
            return paid_within(standing.payments, start_us, net=measure.net), start_us
        case "accrued":
            taken = standing.accrued_withdrawals if measure.net else 0
            return standing.accrued_deposits - taken, None
    raise DeclarationError(
        f"deposits in a window of type {window.type}", expected="calendar, rolling or accrued"
    )
