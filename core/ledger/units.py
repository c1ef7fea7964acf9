"""Amounts in the ledger's unit. Way: provider's decimal -> here -> ledger -> minor units of events.

Providers keep six decimals of a euro, events two. The ledger keeps six of every currency, as an
integer; an amount that needs more is refused, never rounded. What is said in minor units is the
whole part of a *balance*; a movement is said as the difference of two such, so that the movements
said of an account always add up to its balance said (see `whole_move`).
"""

from __future__ import annotations

from decimal import Decimal

from core.currency import exponent
from core.errors import MoneyError
from core.money import int64, number_text, scaled, unscaled

LEAST_EXPONENT = 6


def ledger_exponent(currency: str) -> int:
    """Return how many decimals of a currency the ledger keeps.

    >>> ledger_exponent("EUR"), ledger_exponent("JPY")
    (6, 6)

    Raises:
        MoneyError: there is no such currency.
    """
    return max(LEAST_EXPONENT, exponent(currency))


def units(amount: str | int | Decimal, currency: str) -> int:
    """Read an amount of whole currency as ledger units, exactly; it may be negative.

    >>> units("0.403604", "EUR"), units(Decimal("12.5"), "EUR"), units(3, "JPY")
    (403604, 12500000, 3000000)
    >>> units("0.0000001", "EUR")
    Traceback (most recent call last):
    core.errors.MoneyError: '0.0000001' does not fit - expected at most 6 decimals

    Raises:
        MoneyError: it is no decimal, does not fit exactly, or is beyond 64 bits.
    """
    text = amount if isinstance(amount, str) else number_text(amount)
    return int64(scaled(text, ledger_exponent(currency)))


def units_of_fraction(amount: int, places: int, currency: str) -> int:
    """Read an integer of the `places`-th decimal as ledger units.

    >>> units_of_fraction(1_234_500, 5, "EUR")
    12345000

    Raises:
        MoneyError: the ledger keeps fewer decimals and some would be lost.
    """
    kept = ledger_exponent(currency)
    if places <= kept:
        return int64(amount * 10 ** (kept - places))
    whole, rest = divmod(amount, 10 ** (places - kept))
    if rest:
        raise MoneyError(f"{amount} e-{places} {currency}", expected=f"at most {kept} decimals")
    return int64(whole)


def units_text(amount: int, currency: str) -> str:
    """Write ledger units as a decimal text with all the ledger's decimals.

    >>> units_text(403_604, "EUR")
    '0.403604'
    """
    return unscaled(amount, ledger_exponent(currency))


def whole_minor(balance: int, currency: str) -> int:
    """Return the whole minor units of a balance.

    >>> whole_minor(1_331_657_491, "EUR"), whole_minor(9_999, "EUR")
    (133165, 0)
    """
    return balance // int(10 ** (ledger_exponent(currency) - exponent(currency)))


def whole_move(before: int, after: int, currency: str) -> int:
    """Return a movement in minor units, so that all movements add up to the balance.

    >>> moves = [whole_move(*pair, "EUR") for pair in ((0, 4_000), (4_000, 8_000), (8_000, 12_000))]
    >>> moves, whole_minor(12_000, "EUR")
    ([0, 0, 1], 1)
    """
    return whole_minor(after, currency) - whole_minor(before, currency)


def units_of_minor(amount_minor: int, currency: str) -> int:
    """Return minor units as ledger units.

    >>> units_of_minor(1250, "EUR")
    12500000
    """
    return units_of_fraction(amount_minor, exponent(currency), currency)
