"""Exchange rates: between the text people quote and the integer facts keep. Way: wire -> here.

Facts keep `exchange_rate_e6`: base minor units per minor unit of the currency, times 1,000,000.
People, Fast Track and the wire quote base per currency in whole units: 0.0062 EUR per yen. Between
the two lie only powers of ten (a yen has no cents), so the way there and back is exact.
"""

from __future__ import annotations

from decimal import Decimal

from core.currency import exponent
from core.errors import MoneyError
from core.money import Rounding, divided, int64, scaled, unscaled

_LOSS_PARTS = 100
_SPARE = 34  # decimals read of a foreign rate before it is rounded


def rate_e6(text: str, currency: str, base: str) -> int:
    """Read a quoted rate exactly.

    >>> rate_e6("0.0062", "JPY", "EUR"), rate_e6("1", "EUR", "EUR")
    (620000, 1000000)

    Raises:
        MoneyError: the rate is not positive, or has more decimals than a fact keeps.
    """
    return _positive(scaled(text, _places(currency, base)), text)


def rate_e6_rounded(text: str, currency: str, base: str, rounding: Rounding) -> int:
    """Read a foreign rate, rounding what a fact cannot keep.

    Of a currency whose minor unit is worth next to nothing a fact keeps few digits; a rate that
    rounding would move by more than a hundredth is refused rather than made wrong.

    >>> rate_e6_rounded("0.08765432198", "SEK", "EUR", Rounding.HALF_EVEN)
    87654
    """
    fine = scaled(text, _places(currency, base) + _SPARE)
    kept = _positive(divided(fine, 10**_SPARE, rounding), text)
    if abs(kept * 10**_SPARE - fine) * _LOSS_PARTS > fine:
        raise MoneyError(
            f"exchange rate {text} of {currency} would become {rate_text(kept, currency, base)}",
            expected="a rate that keeps its first two digits",
            hint="the currency is too small for a fact's rate; convert before importing",
        )
    return kept


def rate_text(rate_e6: int, currency: str, base: str) -> str:
    """Write a rate as it is quoted, without trailing zeros.

    >>> rate_text(620000, "JPY", "EUR"), rate_text(1000000, "EUR", "EUR")
    ('0.0062', '1')
    """
    text = unscaled(_positive(rate_e6, str(rate_e6)), _places(currency, base))
    return text.rstrip("0").rstrip(".")


def rate_decimal(rate_e6: int, currency: str, base: str) -> Decimal:
    """Return a rate as it is quoted, as a number for foreign JSON."""
    return Decimal(rate_text(rate_e6, currency, base))


def _places(currency: str, base: str) -> int:
    return 6 + exponent(base) - exponent(currency)


def _positive(rate: int, met: str) -> int:
    if rate <= 0:
        raise MoneyError(
            f"exchange rate {met}",
            expected="more than zero after keeping what a fact can keep",
            hint="a rate is base currency per unit of the currency; look whether it is inverted",
        )
    return int64(rate)
