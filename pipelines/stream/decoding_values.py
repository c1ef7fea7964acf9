"""The data of one line: are its values what the contract says. Way: decoding_lines -> here."""

from __future__ import annotations

from features.state.compiling import compiled
from features.state.inputs import NULL
from pipelines.stream.decoding_kernel import (
    LARGEST_IN_BASE,
    decimal,
    flag,
    instant,
    is_null,
    is_number,
    whole_number,
)
from pipelines.stream.decoding_lexicon import meaning
from pipelines.stream.decoding_scan import Tables
from pipelines.stream.decoding_tables import (
    AMOUNT,
    F_ALL,
    F_DEFAULT,
    F_DEFAULT_STOP,
    F_KIND,
    F_NULLABLE,
    F_SCOPE,
    FIELDS,
    FLAG,
    INSTANT,
    INTEGER,
    MONEY,
    NUMBER,
    O_FIELD_FROM,
    RATE,
    RATE_PLACES,
    TEXT,
)
from pipelines.stream.decoding_words import QUOTE, byte_at, item, put


@compiled
def read_values(tables: Tables, kind: int, tail: int, values: int, numbers: int) -> bool:
    """Read the values of the data; tell whether all are plain and as the contract has them.

    `numbers` gets the amounts, rates, whole numbers and flags, by field. `values` then says of
    every field where it stands: in the tail if it was absent, -1 if it is null.
    """
    flat, _ = tables
    first = item(flat, item(flat, O_FIELD_FROM) + kind)
    decimals, most = 0, 0
    for j in range(item(flat, item(flat, O_FIELD_FROM) + kind + 1) - first):
        field = flat + 8 * (item(flat, FIELDS) + F_ALL * (first + j))
        start, stop = item(values, 2 * j), item(values, 2 * j + 1)
        if start < 0:
            if item(field, F_DEFAULT) < 0:
                return False
            start, stop = tail + item(field, F_DEFAULT), tail + item(field, F_DEFAULT_STOP)
            put(values, 2 * j, start)
            put(values, 2 * j + 1, stop)
        how = item(field, F_KIND)
        if item(field, F_NULLABLE) and is_null(start, stop):
            put(values, 2 * j, -1)
            continue
        number = _read(tables, field, start, stop, decimals)
        put(numbers, j, number)
        if number == NULL or (how == AMOUNT and number > most):
            return False
        if how == MONEY:
            decimals = number
        elif how == RATE:
            most = LARGEST_IN_BASE // number
    return True


@compiled
def _read(tables: Tables, field: int, start: int, stop: int, decimals: int) -> int:
    """Return the number a value stands for, any if for none; NULL if it is not plain."""
    flat, lexicon = tables
    how = item(field, F_KIND)
    if how in (INTEGER, FLAG, NUMBER):
        return _bare(start, stop, how)
    if byte_at(start) != QUOTE or how == TEXT:
        return NULL if byte_at(start) != QUOTE else 0
    start, stop = start + 1, stop - 1
    if how == AMOUNT:
        return decimal(start, stop, decimals)
    if how == INSTANT:
        return instant(start, stop)
    if how == RATE:
        number = decimal(start, stop, item(flat, item(flat, RATE_PLACES)) - decimals)
        return number if number > 0 else NULL
    number = meaning(lexicon, item(field, F_SCOPE), start, stop)
    return number if number >= 0 else NULL


@compiled
def _bare(start: int, stop: int, how: int) -> int:
    """Return a value that stands without quotes."""
    if how == INTEGER:
        return whole_number(start, stop)
    if how == NUMBER:
        return 0 if is_number(start, stop) else NULL
    number = flag(start, stop)
    return number if number >= 0 else NULL
