"""The ways a tax can be read where no page says how an item counts. Way: Tax -> here -> base.

An item that is `unknown`, or taken off in a share nobody gave, is read twice: left out, and counted
in full. The first reading leaves all of them out. An item of which nothing happened is not read at
all, for it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

from core.compliance.parts import Counts, Item, Tax, TaxBase
from core.errors import DeclarationError
from core.tax.items import DayItems

_Amount = Callable[[DayItems], int]
_ENTERS: dict[TaxBase, tuple[Item, ...]] = {
    "stakes_less_prizes": (
        "bonus_stakes", "bonus_prizes", "locked_winnings", "jackpot_contributions", "voids",
        "commission",
    ),
    "stakes": ("bonus_stakes", "voids"),
    "commission": ("commission",),
}  # fmt: skip
"""Which items can change a base at all: prizes are no part of a tax on stakes."""
_NONE: _Amount = lambda _: 0  # noqa: E731 - one of a table


def _void_of(base: TaxBase) -> _Amount:
    if base == "stakes":
        return lambda day: -day.void_stakes
    return lambda day: day.void_prizes - day.void_stakes


_ADDED: dict[Item, dict[Counts, _Amount]] = {
    "bonus_stakes": {
        "counts": lambda day: day.bonus_stakes,
        "as_due": lambda day: day.bonus_stakes,
        "unless_cash": lambda day: day.bonus_stakes_cash,
    },
    "bonus_prizes": {
        "counts": lambda day: -day.bonus_prizes,
        "unless_cash": lambda day: -day.bonus_prizes_cash,
    },
    "locked_winnings": {
        "counts": lambda day: -day.locked_winnings,
        "when_released": lambda day: -day.released_winnings,
    },
    "jackpot_contributions": {"counts": lambda day: -day.jackpot_contributions},
    "commission": {"counts": lambda day: day.commission},
}
"""What an item adds to a base of stakes less prizes, by how it counts."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a tax: how each item counts, and what that assumed.

    `assumed` holds the items no page decides, with the reading taken of each.
    """

    counts: Mapping[Item, Counts]
    assumed: Mapping[Item, Counts] = field(default_factory=dict)
    share_off: Fraction | None = None

    @property
    def says(self) -> str:
        """The reading in words; "" where nothing had to be assumed.

        >>> Reading({}, {"locked_winnings": "nothing", "bonus_prizes": "counts"}).says
        'bonus_prizes counted, locked_winnings left out'
        """
        word = {"nothing": "left out", "counts": "counted"}
        return ", ".join(f"{item} {word[how]}" for item, how in sorted(self.assumed.items()))

    def added(self, base: TaxBase, day: DayItems) -> Fraction:
        """Return what a day's items add to the base, beyond cash stakes and prizes."""
        return sum((self._of(item, base, day) for item in _ENTERS[base]), Fraction())

    def _of(self, item: Item, base: TaxBase, day: DayItems) -> Fraction:
        counts = self.counts[item]
        if counts == "share":
            share = self.share_off or Fraction()
            return (1 - share) * amount_of(item, "counts", base)(day)
        return Fraction(amount_of(item, counts, base)(day))


def amount_of(item: Item, counts: Counts, base: TaxBase) -> _Amount:
    """Return what an item that counts so adds to a base.

    Raises:
        DeclarationError: an item cannot count so.
    """
    if counts == "nothing":
        return _NONE
    if item == "voids" and counts in ("reversed", "counts"):
        return _void_of(base)
    found = _ADDED.get(item, {}).get(counts)
    if found is None:
        raise DeclarationError(
            f"{item} with the treatment {counts}",
            expected=f"one of {', '.join(['nothing', *_ADDED.get(item, {'reversed': _NONE})])}",
        )
    return found


def readings_of(
    tax: Tax, days: Iterable[DayItems], share_off: Fraction | None = None
) -> list[Reading]:
    """Return every way to read a tax on these days, the one that leaves out first.

    `share_off` is the share in which promotional stakes are taken off, where the law sets one and
    the operator has worked it out.
    """
    happened = list(days)
    fixed = {item: _settled(tax, item, share_off) for item in _ENTERS[tax.base]}
    open_items = sorted(
        item for item, counts in fixed.items()
        if counts == "unknown" and _happened(item, tax.base, happened)
    )  # fmt: skip
    fixed = {item: "nothing" if counts == "unknown" else counts for item, counts in fixed.items()}
    ways_of_one: tuple[Counts, ...] = ("nothing", "counts")
    taken = product(ways_of_one, repeat=len(open_items))
    return [
        Reading({**fixed, **(said := dict(zip(open_items, ways, strict=True)))}, said, share_off)
        for ways in taken
    ]


def _settled(tax: Tax, item: Item, share_off: Fraction | None) -> Counts:
    counts = tax.counts(item)
    return "unknown" if counts == "share" and share_off is None else counts


def _happened(item: Item, base: TaxBase, days: list[DayItems]) -> bool:
    return any(amount_of(item, "counts", base)(day) for day in days)
