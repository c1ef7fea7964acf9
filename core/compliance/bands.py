"""Amounts that depend on age, as a pack writes them. Way: packs' `with` -> here -> checks.

With `bounds: [{below: 25, amount: "300"}, {amount: "700"}]` it is 300 up to a day before the 25th
birthday, and 700 from then on.
"""

from __future__ import annotations

from core.compliance.check import Case, Parameters


class Band(Parameters, frozen=True, kw_only=True):
    """An amount for who is younger than `below`; null for everybody else."""

    amount: str
    below: int | None = None


def bound_for(case: Case, bands: tuple[Band, ...]) -> int:
    """Return the amount for a player's age in ledger units; for unknown age the least there is."""
    age = case.age
    if age is None:
        return min(case.units(band.amount) for band in bands)
    for band in bands:
        if band.below is None or age < band.below:
            return case.units(band.amount)
    return case.units(bands[-1].amount)
