"""Cash in, and cash out, of a person in a gaming day. Way: facts -> here -> CTR drafts, reports.

In and out are neither netted nor added together: each side is judged by itself (US-CTR-1). A
person is who he is over all his accounts; who belongs together is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from core.aml.facts import Payment
from core.compliance.calendar import HOUR_US, Zone

SIDES = ("deposit", "withdrawal")


class CurrencyDay(msgspec.Struct, frozen=True, kw_only=True):
    """One person's cash of one side in a gaming day `[start_us, end_us)`; minor units."""

    person: str
    side: str
    start_us: int
    end_us: int
    amount: int
    parts: tuple[Payment, ...]


def currency_days(
    payments: Iterable[Payment],
    zone: Zone,
    *,
    person_of: Mapping[str, str] | None = None,
    day_starts_h: int = 0,
) -> list[CurrencyDay]:
    """Return every person's cash by gaming day and side, in order of day, person and side.

    `person_of` names the person behind an account; one not in it is a person of its own. A gaming
    day begins `day_starts_h` hours after the local midnight, by the clock that runs through.
    """
    persons, shift = person_of or {}, day_starts_h * HOUR_US
    found: dict[tuple[int, str, str], list[Payment]] = {}
    for one in payments:
        if one.is_cash and one.kind in SIDES:
            start_us = zone.frame("day", one.at_us - shift).start_us
            key = (start_us, persons.get(one.player, one.player), one.kind)
            found.setdefault(key, []).append(one)
    return [_day(key, rows, zone, shift) for key, rows in sorted(found.items())]


def reportable(days: Iterable[CurrencyDay], above: int) -> list[CurrencyDay]:
    """Return the days whose sum is above an amount (minor units); the amount itself is not.

    >>> zone, at = Zone("America/New_York"), 1_770_000_000_000_000
    >>> def cash(kind, amount):
    ...     return Payment(id=kind, at_us=at, kind=kind, amount=amount, player="p", is_cash=True)
    >>> both = currency_days([cash("deposit", 600_000), cash("withdrawal", 600_000)], zone)
    >>> reportable(both, 1_000_000), len(reportable(both, 599_999))
    ([], 2)
    """
    return [day for day in days if day.amount > above]


def _day(key: tuple[int, str, str], rows: list[Payment], zone: Zone, shift: int) -> CurrencyDay:
    start_us, person, side = key
    parts = tuple(sorted(rows, key=lambda one: (one.at_us, one.id)))
    end_us = zone.frame("day", start_us).end_us
    return CurrencyDay(
        person=person, side=side, start_us=start_us + shift, end_us=end_us + shift,
        amount=sum(one.amount for one in parts), parts=parts,
    )  # fmt: skip
