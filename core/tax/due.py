"""What is due: base by stretch of one rate, times the rate. Way: readings -> here -> reports.

A rate is that of the day of the fact, so a period in which it changes is split, and each stretch is
rounded once, a half to the even neighbour. A negative base is shown as it is: whether a loss may be
carried or netted is for a law no page of which was read, so nothing is due of it and nothing is
taken off another stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby

from core.compliance.parts import Tax, TaxRate
from core.money import Rounding, divided
from core.tax.items import DayItems
from core.tax.readings import Reading, readings_of

ROUNDING = Rounding.HALF_EVEN


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one rate; `percent` "" where none is known. Minor units; due null if none can be."""

    first: date
    last: date
    percent: str
    base: Fraction
    due_minor: int | None

    @property
    def base_minor(self) -> int:
        """The base to the nearest minor unit, a half to the even one."""
        return rounded(self.base)


@dataclass(frozen=True, slots=True)
class Due:
    """One tax by one reading: its stretches, and what is due of all of them.

    `due_minor` is null where a stretch has no rate, or is negative beside another that is not:
    whether they may be netted is not decided here.
    """

    tax: Tax
    reading: Reading
    stretches: tuple[Stretch, ...]

    @property
    def base(self) -> Fraction:
        """The base of all stretches, negative ones among them."""
        return sum((one.base for one in self.stretches), Fraction())

    @property
    def base_minor(self) -> int:
        """The base to the nearest minor unit, a half to the even one."""
        return rounded(self.base)

    @property
    def due_minor(self) -> int | None:
        """The sum due, null if it cannot be said."""
        parts = [one.due_minor for one in self.stretches]
        known = [part for part in parts if part is not None]
        return sum(known) if parts and len(known) == len(parts) else None

    @property
    def is_negative(self) -> bool:
        """Whether a stretch, or all of them together, lost money."""
        return self.base < 0 or any(one.base < 0 for one in self.stretches)


def due_of(tax: Tax, days: Iterable[DayItems], share_off: Fraction | None = None) -> list[Due]:
    """Return a tax on the items of days, once for every way it can be read.

    >>> from core.compliance.marks import Effective
    >>> always = Effective(from_=date(2020, 1, 1))
    >>> tax = Tax(id="X", name="", kind="tax", base="stakes_less_prizes", period="month", mark="D",
    ...           rates=(TaxRate(effective=always, percent="20", mark="D"),))
    >>> one, = due_of(tax, [DayItems(day=date(2026, 1, 1), stakes=1_000, prizes=1_400)])
    >>> one.base_minor, one.due_minor, one.is_negative
    (-400, None, True)
    """
    known = sorted(_taxed(tax, days), key=lambda one: (one.day, one.game_type))
    return [
        Due(tax, reading, tuple(_stretches(tax, known, reading)))
        for reading in readings_of(tax, known, share_off)
    ]


def base_on(tax: Tax, day: DayItems, reading: Reading) -> Fraction:
    """Return what a day adds to a tax's base by one reading."""
    cash = {"stakes": day.stakes, "stakes_less_prizes": day.stakes - day.prizes, "commission": 0}
    return cash[tax.base] + reading.added(tax.base, day)


def rounded(value: Fraction) -> int:
    """Round a fraction of minor units, a half to the even neighbour.

    >>> rounded(Fraction(5, 2)), rounded(Fraction(-5, 2)), rounded(Fraction(7, 2))
    (2, -2, 4)
    """
    return divided(value.numerator, value.denominator, ROUNDING)


def factor(rate: TaxRate, *, less_tax: bool) -> Fraction:
    """Return what a base is multiplied by: r, or r / (1 + r) where the base contains the tax."""
    share = rate.fraction
    return share / (1 + share) if less_tax else share


def _taxed(tax: Tax, days: Iterable[DayItems]) -> Iterable[DayItems]:
    return (one for one in days if not tax.games or one.game_type in tax.games)


def _stretches(tax: Tax, days: Sequence[DayItems], reading: Reading) -> Iterable[Stretch]:
    by_rate: Callable[[DayItems], TaxRate | None] = lambda one: tax.rate_on(one.day)  # noqa: E731
    for rate, group in groupby(days, key=by_rate):
        part = list(group)
        base = sum((base_on(tax, one, reading) for one in part), Fraction())
        due = None
        if rate is not None and base >= 0:
            due = rounded(base * factor(rate, less_tax=tax.less_tax))
        percent = "" if rate is None else rate.percent
        yield Stretch(part[0].day, part[-1].day, percent, base, due)
