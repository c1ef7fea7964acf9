"""Texts of a batch to integers: ids, instants, decimals, base currency. Way: decoding -> here.

The texts come joined: ids side by side, the others with a line break between them, as ASCII with a
`?` for every other character. Each kernel tells which texts it could not read; it never guesses:
those go to the codec, which knows every form.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.state.compiling import compiled
from features.state.inputs import NULL

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_BREAK, _DASH, _COLON, _POINT, _PLUS, _T, _Z = 10, 45, 58, 46, 43, 84, 90
_ZERO = 48
_SHORTEST, _FRACTION = 20, 19  # of an instant: its shortest form, where its fraction begins
_MOST_DIGITS = 40  # of either part of a decimal, as core.money has it
_MICROS, _MINUTE_US, _DAY_S = 1_000_000, 60_000_000, 86_400
_LARGEST = 2**63 - 1
_TENTH = _LARGEST // 10
_HEXADECIMAL = "0123456789abcdefABCDEF"
_NIBBLES = np.array(  # of each byte: the digit it is, 255 for none
    [int(chr(byte), 16) if chr(byte) in _HEXADECIMAL else 255 for byte in range(256)], np.uint8
)
LARGEST_IN_BASE = 2**63 - 1_000_000
"""Of amount times rate: what lies above could not be rounded within 64 bits."""


@compiled
def read_ids(text: Bytes, high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64]) -> Flags:
    """Read UUIDs of 36 characters each into two halves; return which are none."""
    bad = np.zeros(len(high), np.bool_)
    for i in range(len(high)):
        upper, lower, seen = np.uint64(0), np.uint64(0), np.uint64(0)
        for k in range(36):
            byte = text[36 * i + k]
            if k in (8, 13, 18, 23):
                bad[i] |= byte != _DASH
                continue
            nibble = np.uint64(_NIBBLES[byte])
            seen |= nibble
            if k < 18:
                upper = (upper << np.uint64(4)) | (nibble & np.uint64(15))
            else:
                lower = (lower << np.uint64(4)) | (nibble & np.uint64(15))
        high[i], low[i] = upper, lower
        bad[i] |= seen > np.uint64(15)
    return bad


@compiled
def _number(text: Bytes, start: int, length: int) -> int:
    """Return some digits as a number, -1 if they are not all digits."""
    value = 0
    for k in range(start, start + length):
        digit = int(text[k]) - _ZERO
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@compiled
def _days(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01 of the Gregorian calendar, NULL if there is no such day."""
    if year < 1 or month < 1 or month > 12 or day < 1:
        return NULL
    is_leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    length = 30 + (month + month // 8) % 2
    if month == 2:
        length = 29 if is_leap else 28
    if day > length:
        return NULL
    y = year - (month <= 2)
    era = y // 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    of_era = (y - era * 400) * 365 + (y - era * 400) // 4 - (y - era * 400) // 100 + of_year
    return era * 146_097 + of_era - 719_468


@compiled
def _offset_us(text: Bytes, start: int, stop: int) -> int:
    """Return what to take off an instant that ends in Z or +hh:mm, NULL if it ends otherwise."""
    if stop - start == 1 and text[start] == _Z:
        return 0
    if stop - start != 6 or text[start + 3] != _COLON or text[start] not in (_PLUS, _DASH):
        return NULL
    hours, minutes = _number(text, start + 1, 2), _number(text, start + 4, 2)
    if hours < 0 or hours > 23 or minutes < 0 or minutes > 59 or hours + minutes == 0:
        return NULL
    offset = (hours * 60 + minutes) * _MINUTE_US
    return offset if text[start] == _PLUS else -offset


@compiled
def _is_shaped(text: Bytes, start: int) -> bool:
    """Tell whether an instant has its marks where they belong."""
    dashes = bool(text[start + 4] == _DASH and text[start + 7] == _DASH)
    colons = bool(text[start + 13] == _COLON and text[start + 16] == _COLON)
    return dashes and bool(text[start + 10] == _T) and colons


@compiled
def _second_of_day(text: Bytes, start: int) -> int:
    """Return the second of `hh:mm:ss`, NULL if there is none such."""
    hour, minute = _number(text, start, 2), _number(text, start + 3, 2)
    second = _number(text, start + 6, 2)
    if min(hour, minute, second) < 0 or hour > 23 or minute > 59 or second > 59:
        return NULL
    return hour * 3600 + minute * 60 + second


@compiled
def _digits(text: Bytes, start: int, stop: int) -> int:
    """Return how many digits stand in a row."""
    at = start
    while at < stop and _ZERO <= text[at] <= _ZERO + 9:
        at += 1
    return at - start


@compiled
def _instant(text: Bytes, start: int, stop: int) -> int:
    """Return UTC microseconds of `yyyy-mm-ddThh:mm:ss[.f]Z`, NULL for any other form."""
    if stop - start < _SHORTEST or not _is_shaped(text, start):
        return NULL
    year = _number(text, start, 4)
    days = _days(year, _number(text, start + 5, 2), _number(text, start + 8, 2))
    second = _second_of_day(text, start + 11)
    end, micros = start + _FRACTION, 0
    if text[end] == _POINT:
        given = _digits(text, end + 1, stop)
        if given < 1 or given > 6:
            return NULL  # finer than a microsecond: the codec rounds
        micros = _number(text, end + 1, given) * 10 ** (6 - given)
        end += 1 + given
    offset = _offset_us(text, end, stop)
    if NULL in (days, second, offset):
        return NULL
    if offset != 0 and (year < 2 or year > 9998):
        return NULL  # the offset may lead out of the calendar
    return (days * _DAY_S + second) * _MICROS + micros - offset


@compiled
def read_instants(text: Bytes, instants: Integers) -> Flags:
    """Read instants with a line break between them; return which could not be read."""
    bad = np.zeros(len(instants), np.bool_)
    start = 0
    for i in range(len(instants)):
        stop = start
        while stop < len(text) and text[stop] != _BREAK:
            stop += 1
        instants[i] = _instant(text, start, stop)
        bad[i] = instants[i] == NULL
        start = stop + 1
    return bad


@compiled
def _extended(value: int, text: Bytes, start: int, length: int) -> int:
    """Return a number with more digits behind it, NULL beyond 64 bits."""
    for k in range(start, start + length):
        digit = int(text[k]) - _ZERO
        if value > _TENTH or (value == _TENTH and digit > 7):
            return NULL
        value = value * 10 + digit
    return value


@compiled
def _decimal(text: Bytes, start: int, stop: int, places: int) -> int:
    """Return a decimal in units of its `places`-th decimal, NULL if it is none or does not fit.

    Below zero is NULL too: no amount and no rate may be, and the codec says so in words.
    """
    whole = _digits(text, start, stop)
    point = start + whole
    if whole < 1 or whole > _MOST_DIGITS or (point < stop and text[point] != _POINT):
        return NULL
    given = _digits(text, point + 1, stop)
    if point < stop and (given < 1 or given > _MOST_DIGITS or point + 1 + given != stop):
        return NULL
    for k in range(point + 1 + places, stop):
        if text[k] != _ZERO:
            return NULL
    value = _extended(0, text, start, whole)
    if value != NULL:
        value = _extended(value, text, point + 1, min(given, places))
    for _ in range(places - given):
        if value == NULL or value > _TENTH:
            return NULL
        value *= 10
    return value


@compiled
def read_decimals(text: Bytes, places: npt.NDArray[np.int8], numbers: Integers) -> Flags:
    """Read decimals with a line break between them; an empty text is NULL and not bad."""
    bad = np.zeros(len(numbers), np.bool_)
    start = 0
    for i in range(len(numbers)):
        stop = start
        while stop < len(text) and text[stop] != _BREAK:
            stop += 1
        numbers[i] = NULL if stop == start else _decimal(text, start, stop, places[i])
        bad[i] = stop > start and numbers[i] == NULL
        start = stop + 1
    return bad


@compiled
def into_base(amounts: Integers, rates: Integers, base: Integers) -> Flags:
    """Round amounts [field, fact] half up into base currency.

    Returns which facts have a rate that is none, or an amount too large for base currency.
    """
    bad = rates <= 0
    for i in range(len(rates)):
        for j in range(len(amounts)):
            if amounts[j, i] == NULL or bad[i]:
                base[j, i] = NULL
            elif amounts[j, i] > LARGEST_IN_BASE // rates[i]:
                base[j, i], bad[i] = NULL, True
            else:
                base[j, i] = (amounts[j, i] * rates[i] + 500_000) // 1_000_000
    return bad
