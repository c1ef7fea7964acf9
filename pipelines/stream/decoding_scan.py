"""One line of JSON into where its values stand. Way: decoding_lines -> here -> decoding_words.

It takes only what is plain: ASCII without escapes, known keys once each, no value within a value
but `data`. Keys are looked for in the order the codec writes them, and found in any other. A key
nobody declared is passed over with its value: a text, a number or a word. No other value is read:
what stands between a colon and a comma may still be no JSON, which `decoding_values` looks at.
"""

from __future__ import annotations

from features.state.compiling import compiled
from pipelines.stream.decoding_kernel import is_number, is_word
from pipelines.stream.decoding_lexicon import NOT_MET, meaning
from pipelines.stream.decoding_tables import (
    DATA,
    F_ALL,
    F_KEPT,
    F_KEY,
    F_LENGTH,
    FIELDS,
    KEYS_OF,
    O_FIELD_FROM,
    TYPE,
    TYPES,
)
from pipelines.stream.decoding_words import QUOTE, byte_at, end_of_string, item, put, word_at

Tables = tuple[int, int]
_OPEN, _CLOSE, _COLON, _COMMA, _SPACE = 123, 125, 58, 44, 32
NOT_PLAIN = -1


@compiled
def scan(at: int, end: int, tables: Tables, spans: int) -> int:
    """Find the values of a line; return the kind of its data, or NOT_PLAIN.

    `spans` gets begin and end of every value, the envelope's first, then the data's; -1, -1 for one
    that is not there. At `end` there is a line break.
    """
    flat, lexicon = tables
    _clear(spans, item(flat, item(flat, O_FIELD_FROM) + 1))
    kind, expected = NOT_PLAIN, 0
    if byte_at(at) != _OPEN:
        return NOT_PLAIN
    while True:
        start, field = _key(_past_space(at + 1), tables, 0, expected)
        if field == DATA and kind == NOT_PLAIN and item(spans, 2 * TYPE) >= 0:
            kind = meaning(lexicon, TYPES, item(spans, 2 * TYPE) + 1, item(spans, 2 * TYPE + 1) - 1)
            at = _data(start, tables, kind, spans)
        else:
            at = _value(start, field)
        if at < 0 or not _is_first(spans, field, start, at):
            return NOT_PLAIN
        expected, at = field + 1, _past_space(at)
        if byte_at(at) != _COMMA:
            is_closed = byte_at(at) == _CLOSE and at < end
            return kind if is_closed and _past_space(at + 1) > end else NOT_PLAIN


@compiled
def _data(at: int, tables: Tables, kind: int, spans: int) -> int:
    """Find the values of the data; return where it ended, or NOT_PLAIN."""
    flat, _ = tables
    if kind == NOT_MET or byte_at(at) != _OPEN:
        return NOT_PLAIN
    first = item(flat, O_FIELD_FROM) + kind
    values, expected = spans + 16 * item(flat, item(flat, O_FIELD_FROM) + 1), 0
    _clear(values, item(flat, first + 1) - item(flat, first))
    if byte_at(_past_space(at + 1)) == _CLOSE:
        return _past_space(at + 1) + 1
    while True:
        start, field = _key(_past_space(at + 1), tables, kind, expected)
        at = _value(start, field)
        if at < 0 or not _is_first(values, field, start, at):
            return NOT_PLAIN
        expected, at = field + 1, _past_space(at)
        if byte_at(at) != _COMMA:
            return at + 1 if byte_at(at) == _CLOSE else NOT_PLAIN


@compiled
def _clear(spans: int, fields: int) -> None:
    for place in range(2 * fields):
        put(spans, place, -1)


@compiled
def _is_first(spans: int, field: int, start: int, stop: int) -> bool:
    """Note where a value stands; tell whether it is the first of its key."""
    if field == NOT_MET:
        return True
    if item(spans, 2 * field) >= 0:
        return False
    put(spans, 2 * field, start)
    put(spans, 2 * field + 1, stop)
    return True


@compiled
def _past_space(at: int) -> int:
    while byte_at(at) <= _SPACE and byte_at(at) in (9, 10, 13, 32):
        at += 1
    return at


@compiled
def _key(at: int, tables: Tables, kind: int, expected: int) -> tuple[int, int]:
    """Return where a key's value begins, or NOT_PLAIN, and which field it is, or NOT_MET."""
    flat, lexicon = tables
    first = item(flat, item(flat, O_FIELD_FROM) + kind)
    if first + expected < item(flat, item(flat, O_FIELD_FROM) + kind + 1):
        record = item(flat, FIELDS) + F_ALL * (first + expected)
        if _is_key(at, flat, record):
            return _past_space(at + item(flat, record + F_LENGTH)), expected
    if byte_at(at) != QUOTE:
        return NOT_PLAIN, NOT_MET
    stop = end_of_string(at + 1)
    if stop < 0:
        return NOT_PLAIN, NOT_MET
    field = meaning(lexicon, KEYS_OF + kind, at + 1, stop)
    at = _past_space(stop + 1)
    if byte_at(at) != _COLON:
        return NOT_PLAIN, NOT_MET
    return _past_space(at + 1), field


@compiled
def _is_key(at: int, flat: int, record: int) -> bool:
    """Tell whether a field's key stands there; three words without a branch are the quickest."""
    key, kept = record + F_KEY, record + F_KEPT
    other = (word_at(at) ^ item(flat, key)) & item(flat, kept)
    other |= (word_at(at + 8) ^ item(flat, key + 1)) & item(flat, kept + 1)
    other |= (word_at(at + 16) ^ item(flat, key + 2)) & item(flat, kept + 2)
    return bool(other == 0)


@compiled
def _value(at: int, field: int) -> int:
    """Return where a text, a number or a word ends; NOT_PLAIN also where there was no key."""
    if at < 0:
        return NOT_PLAIN
    if byte_at(at) == QUOTE:
        stop = end_of_string(at + 1)
        return NOT_PLAIN if stop < 0 else stop + 1
    stop = at
    while byte_at(stop) > _SPACE and byte_at(stop) not in (_COMMA, _CLOSE):
        stop += 1
    if field == NOT_MET and not is_number(at, stop) and not is_word(at, stop):
        return NOT_PLAIN
    return stop
