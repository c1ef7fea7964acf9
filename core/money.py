"""Amounts: integers in the minor unit, with their currency. Way: wire text -> here -> everything.

No float ever holds money. A decimal text becomes an integer exactly or not at all; only a currency
conversion rounds, and it names its rounding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.currency import exponent
from core.errors import MoneyError

INT64_MAX = 2**63 - 1
RATE_UNIT = 1_000_000
_DECIMAL = re.compile(r"(-?)(\d{1,40})(?:\.(\d{1,40}))?", re.ASCII)


class Rounding(StrEnum):
    """What happens to the part that does not fit; `HALF_UP` is what the warehouse's SQL does."""

    HALF_UP = "half_up"  # a half goes towards plus infinity
    HALF_EVEN = "half_even"  # a half goes to the even neighbour
    DOWN = "down"  # towards minus infinity


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency.

    >>> Money(1250, "EUR") + Money(50, "EUR")
    Money(amount_minor=1300, currency='EUR')
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount_minor <= self._same(other)

    def __str__(self) -> str:
        return f"{decimal_text(self.amount_minor, self.currency)} {self.currency}"

    def converted(self, rate_e6: int, currency: str, rounding: Rounding) -> Money:
        """Convert by minor units of `currency` per own minor unit, times 1,000,000.

        >>> Money(1000, "SEK").converted(87_654, "EUR", Rounding.HALF_UP)
        Money(amount_minor=88, currency='EUR')
        """
        if rate_e6 <= 0:
            raise MoneyError(f"exchange rate {rate_e6} e-6", expected="a positive rate")
        return Money(divided(self.amount_minor * rate_e6, RATE_UNIT, rounding), currency)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise MoneyError(
                f"{self} meets {other}",
                expected="one currency",
                hint="convert one of them first, with a named rate and rounding",
            )
        return other.amount_minor


def divided(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Divide integers by a positive denominator with a named rounding.

    >>> [divided(n, 2, Rounding.HALF_UP) for n in (-3, -1, 1, 3)]
    [-1, 0, 1, 2]
    >>> [divided(n, 2, Rounding.HALF_EVEN) for n in (-3, -1, 1, 3)]
    [-2, 0, 0, 2]
    """
    quotient, remainder = divmod(numerator, denominator)
    if rounding is Rounding.DOWN:
        return quotient
    if rounding is Rounding.HALF_EVEN and 2 * remainder == denominator:
        return quotient + quotient % 2
    return quotient + (2 * remainder >= denominator)


def scaled(text: str, places: int) -> int:
    """Read a decimal text as an integer of its `places`-th decimal, exactly.

    >>> scaled("12.5", 2), scaled("-0.07", 2), scaled("12.500", 2)
    (1250, -7, 1250)
    >>> scaled("12.505", 2)
    Traceback (most recent call last):
    core.errors.MoneyError: '12.505' does not fit - expected at most 2 decimals
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise MoneyError(f"{text[:60]!r} is no decimal", expected="digits, such as '12.50'")
    sign, whole, fraction = match[1], match[2], match[3] or ""
    if fraction[places:].strip("0"):
        raise MoneyError(f"{text!r} does not fit", expected=f"at most {places} decimals")
    value = int(whole + fraction[:places].ljust(places, "0"))
    return -value if sign else value


def int64(value: int) -> int:
    """Return a value a table column can keep, or refuse it."""
    if not -INT64_MAX <= value <= INT64_MAX:
        raise MoneyError(f"{value} is too large", expected="a 64-bit integer of minor units")
    return value


def unscaled(value: int, places: int) -> str:
    """Write an integer of the `places`-th decimal as a decimal text with all its decimals.

    >>> unscaled(1250, 2), unscaled(-7, 2), unscaled(5, 0)
    ('12.50', '-0.07', '5')
    """
    digits = str(abs(value)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def amount_minor(text: str, currency: str) -> int:
    """Read an amount: decimal text of a currency -> its minor units.

    >>> amount_minor("12.50", "EUR"), amount_minor("12", "JPY"), amount_minor("1.234", "KWD")
    (1250, 12, 1234)
    """
    return int64(scaled(text, exponent(currency)))


def decimal_text(amount_minor: int, currency: str) -> str:
    """Write an amount: minor units of a currency -> decimal text with all the currency's decimals.

    >>> decimal_text(1250, "EUR"), decimal_text(12, "JPY"), decimal_text(1234, "KWD")
    ('12.50', '12', '1.234')
    """
    return unscaled(amount_minor, exponent(currency))


def number_text(number: int | float | Decimal) -> str:
    """Write a foreign JSON number as a plain decimal text, without going through binary.

    A float is taken as its shortest decimal, which is what its sender typed.

    >>> number_text(12), number_text(0.1), number_text(Decimal("1.20E+1"))
    ('12', '0.1', '12.0')
    """
    value = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if not value.is_finite() or abs(value.adjusted()) > 36:
        raise MoneyError(f"{str(number)[:60]} is no amount", expected="a finite number")
    return format(value, "f")


def decimal(amount_minor: int, currency: str) -> Decimal:
    """Return an amount as a number for foreign JSON.

    >>> decimal(1250, "EUR")
    Decimal('12.50')
    """
    return Decimal(decimal_text(amount_minor, currency))
