"""Texts as integers: halves of ids, instants, decimals, numbers. Way: decoding_lines -> here.

Each kernel says which texts it cannot read; it never guesses: those go to the codec, which knows
every form.
"""

from __future__ import annotations

from features.state.compiling import compiled
from features.state.inputs import NULL
from pipelines.stream.decoding_words import byte_at, word_at

_DASH, _COLON, _POINT, _PLUS, _T, _Z = 45, 58, 46, 43, 84, 90
_ZERO = 48
_SHORTEST, _FRACTION = 20, 19  # of an instant: its shortest form, where its fraction begins
_MOST_DIGITS = 40  # of either part of a decimal, as core.money has it
_MICROS, _MINUTE_US, _DAY_S = 1_000_000, 60_000_000, 86_400
_LARGEST = 2**63 - 1
_TENTH = _LARGEST // 10
_FOUR = (1 << 32) - 1
_NULL_WORD, _TRUE_WORD, _FALSE_WORD = (
    int.from_bytes(word, "little") for word in (b"null", b"true", b"alse")
)
_ONES, _EVERY_SECOND, _EVERY_FOURTH = 0x0101010101010101, 0x00FF00FF00FF00FF, 0x0000FFFF0000FFFF
LARGEST_IN_BASE = 2**63 - 1_000_000
"""Of amount times rate: what lies above could not be rounded within 64 bits."""


@compiled
def hexadecimal(word: int) -> int:
    """Return eight hexadecimal digits as a number, -1 if they are none."""
    nibbles = (word & _ONES * 15) + 9 * (word >> 6 & _ONES)
    is_letter = (nibbles + _ONES * 6) >> 4 & _ONES
    digits = nibbles + _ONES * _ZERO + is_letter * 39
    if digits != word | _ONES * 32 or nibbles & _ONES * 240 != 0:
        return -1
    pairs = (nibbles << 4 | nibbles >> 8) & _EVERY_SECOND
    fours = (pairs << 8 | pairs >> 16) & _EVERY_FOURTH
    return (fours << 16 | fours >> 32) & _FOUR


@compiled
def uuid_halves(start: int) -> tuple[int, int, bool]:
    """Return the halves of a UUID in its common form, and whether it is one."""
    first, last = hexadecimal(word_at(start)), hexadecimal(word_at(start + 28))
    second = hexadecimal(word_at(start + 9) & _FOUR | word_at(start + 14) << 32)
    third = hexadecimal(word_at(start + 19) & _FOUR | word_at(start + 24) << 32)
    dashes = byte_at(start + 8) == byte_at(start + 13) == byte_at(start + 18) == _DASH
    is_uuid = dashes and byte_at(start + 23) == _DASH and min(first, second, third, last) >= 0
    return first << 32 | second, third << 32 | last, is_uuid


@compiled
def _number(start: int, length: int) -> int:
    """Return some digits as a number, -1 if they are not all digits."""
    value = 0
    for k in range(start, start + length):
        digit = int(byte_at(k)) - _ZERO
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
def _offset_us(start: int, stop: int) -> int:
    """Return what to take off an instant that ends in Z or +hh:mm, NULL if it ends otherwise."""
    if stop - start == 1 and byte_at(start) == _Z:
        return 0
    if stop - start != 6 or byte_at(start + 3) != _COLON or byte_at(start) not in (_PLUS, _DASH):
        return NULL
    hours, minutes = _number(start + 1, 2), _number(start + 4, 2)
    if hours < 0 or hours > 23 or minutes < 0 or minutes > 59 or hours + minutes == 0:
        return NULL
    offset = (hours * 60 + minutes) * _MINUTE_US
    return offset if byte_at(start) == _PLUS else -offset


@compiled
def _is_shaped(start: int) -> bool:
    """Tell whether an instant has its marks where they belong."""
    dashes = bool(byte_at(start + 4) == _DASH and byte_at(start + 7) == _DASH)
    colons = bool(byte_at(start + 13) == _COLON and byte_at(start + 16) == _COLON)
    return dashes and bool(byte_at(start + 10) == _T) and colons


@compiled
def _second_of_day(start: int) -> int:
    """Return the second of `hh:mm:ss`, NULL if there is none such."""
    hour, minute = _number(start, 2), _number(start + 3, 2)
    second = _number(start + 6, 2)
    if min(hour, minute, second) < 0 or hour > 23 or minute > 59 or second > 59:
        return NULL
    return hour * 3600 + minute * 60 + second


@compiled
def _digits(start: int, stop: int) -> int:
    """Return how many digits stand in a row."""
    at = start
    while at < stop and _ZERO <= byte_at(at) <= _ZERO + 9:
        at += 1
    return at - start


@compiled
def instant(start: int, stop: int) -> int:
    """Return UTC microseconds of `yyyy-mm-ddThh:mm:ss[.f]Z`, NULL for any other form."""
    if stop - start < _SHORTEST or not _is_shaped(start):
        return NULL
    year = _number(start, 4)
    days = _days(year, _number(start + 5, 2), _number(start + 8, 2))
    second = _second_of_day(start + 11)
    end, micros = start + _FRACTION, 0
    if byte_at(end) == _POINT:
        given = _digits(end + 1, stop)
        if given < 1 or given > 6:
            return NULL  # finer than a microsecond: the codec rounds
        micros = _number(end + 1, given) * 10 ** (6 - given)
        end += 1 + given
    offset = _offset_us(end, stop)
    if NULL in (days, second, offset):
        return NULL
    if offset != 0 and (year < 2 or year > 9998):
        return NULL  # the offset may lead out of the calendar
    return (days * _DAY_S + second) * _MICROS + micros - offset


@compiled
def _extended(value: int, start: int, length: int) -> int:
    """Return a number with more digits behind it, NULL beyond 64 bits."""
    for k in range(start, start + length):
        digit = int(byte_at(k)) - _ZERO
        if value > _TENTH or (value == _TENTH and digit > 7):
            return NULL
        value = value * 10 + digit
    return value


@compiled
def decimal(start: int, stop: int, places: int) -> int:
    """Return a decimal in units of its `places`-th decimal, NULL if it is none or does not fit.

    Below zero is NULL too: no amount and no rate may be, and the codec says so in words.
    """
    whole = _digits(start, stop)
    point = start + whole
    if whole < 1 or whole > _MOST_DIGITS or (point < stop and byte_at(point) != _POINT):
        return NULL
    given = _digits(point + 1, stop)
    if point < stop and (given < 1 or given > _MOST_DIGITS or point + 1 + given != stop):
        return NULL
    for k in range(point + 1 + places, stop):
        if byte_at(k) != _ZERO:
            return NULL
    value = _extended(0, start, whole)
    if value != NULL:
        value = _extended(value, point + 1, min(given, places))
    for _ in range(places - given):
        if value == NULL or value > _TENTH:
            return NULL
        value *= 10
    return value


@compiled
def in_base(amount: int, rate: int) -> int:
    """Return an amount in base currency, a half rounded up."""
    return (amount * rate + 500_000) // 1_000_000


@compiled
def whole_number(start: int, stop: int) -> int:
    """Return a whole number of JSON of at most 18 digits, NULL for any other text."""
    is_negative = byte_at(start) == _DASH
    first = start + 1 if is_negative else start
    if stop - first < 1 or stop - first > 18 or (byte_at(first) == _ZERO and stop - start > 1):
        return NULL
    value = _number(first, stop - first)
    if value < 0:
        return NULL
    return -value if is_negative else value


@compiled
def is_number(start: int, stop: int) -> bool:
    """Tell whether a text is a number of JSON, and far within the range of a double."""
    at = start + 1 if byte_at(start) == _DASH else start
    whole = _digits(at, stop)
    if whole < 1 or whole > 18 or (byte_at(at) == _ZERO and whole > 1):
        return False
    at += whole
    if at < stop and byte_at(at) == _POINT:
        given = _digits(at + 1, stop)
        if given < 1 or given > 18:
            return False
        at += 1 + given
    if at < stop and byte_at(at) in (69, 101):  # E, e
        at += 2 if byte_at(at + 1) in (_PLUS, _DASH) else 1
        given = _digits(at, stop)
        if given < 1 or given > 2:
            return False
        at += given
    return at == stop


@compiled
def is_word(start: int, stop: int) -> bool:
    """Tell whether a text is true, false or null."""
    return is_null(start, stop) or flag(start, stop) >= 0


@compiled
def is_null(start: int, stop: int) -> bool:
    """Tell whether a text is null."""
    return stop - start == 4 and bool(word_at(start) & _FOUR == _NULL_WORD)


@compiled
def flag(start: int, stop: int) -> int:
    """Return true as 1, false as 0, any other text as -1."""
    word = word_at(start)
    if stop - start == 4 and word & _FOUR == _TRUE_WORD:
        return 1
    is_false = stop - start == 5 and byte_at(start) == 102 and word >> 8 & _FOUR == _FALSE_WORD
    return 0 if is_false else -1
