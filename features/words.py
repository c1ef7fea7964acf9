"""Numbers in plain words. Way: a feature's value -> here -> the sentences of `features.describe`.

What people read never shows a number that looks exact and is not, or a zero where `none` is meant:
a share above nothing is never "0 %", a year has no thousands, an undefined value says why.
"""

from __future__ import annotations

import math

from core.currency import exponent
from features.measures import Unit

_STEPS = (("y", 365 * 86_400), ("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_AFTER = {"ratio": " times", "times_usual": " times the usual", "times_as_long": " times as long"}


def spoken(value: float | None, unit: Unit, currency: str = "EUR") -> str:
    """Write a value with its unit.

    >>> spoken(5400, "s"), spoken(0.375, "share"), spoken(None, "count"), spoken(1959, "year")
    ('1 h 30 min', '37.5 %', 'not known', '1959')
    """
    if value is None or not math.isfinite(value):
        return "not known"
    number = value or 0.0  # a negative zero is zero
    match unit:
        case "money":
            said = f"{_amount(number, exponent(currency))} {currency}"
        case "s":
            said = _duration(number)
        case "share":
            said = f"{_rounded(number * 100, 1)} %"
        case "year":
            said = f"{int(number)}"
        case "times_usual" | "times_as_long" if number == 1:
            said = "as usual"
        case _:
            said = _rounded(number, 2) + _AFTER.get(unit, "")
    return said


def _amount(minor: float, digits: int) -> str:
    """Write minor units as major ones; less than one minor unit is not nothing."""
    if 0 < abs(minor) < 1:
        return f"{'under ' if minor > 0 else 'above -'}{10.0**-digits:.{digits}f}"
    return f"{minor / 10**digits:,.{digits}f}"


def _rounded(value: float, digits: int) -> str:
    """Write a whole number without decimals; a small one is never rounded away to nothing."""
    if value == int(value):
        return f"{value:,.0f}"
    least = 10.0**-digits
    if abs(value) < least:
        return f"{'under ' if value > 0 else 'above -'}{least:g}"
    return f"{value:,.{digits}f}"


def _duration(seconds: float) -> str:
    """Say the two greatest parts: `3 d 4 h`, `1 h`, `under 1 s`."""
    if 0 < seconds < 1:
        return "under 1 s"
    rest, parts = int(seconds), []
    for word, size in _STEPS:
        count, rest = divmod(rest, size)
        parts.append((count, word))
    first = next((place for place, (count, _) in enumerate(parts) if count), None)
    if first is None:
        return "0 s"
    return " ".join(f"{count} {word}" for count, word in parts[first : first + 2] if count)
