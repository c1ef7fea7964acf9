"""Arrow columns made from whole arrays. Way: journal of a block -> here -> writing.

Nothing here loops over rows: identifiers are laid out as fixed-width bytes from look-up tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from pipelines.simulation.plan import Array

TOKEN_WIDTH = 12


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column as codes into a list of distinct words; a negative code is null.

    A word listed twice would make Parquet's bytes differ from run to run, with the same content.
    """

    codes: Array
    words: Sequence[str] | pa.Array


@dataclass(frozen=True, slots=True)
class Token:
    """A column of opaque identifiers, twelve hexadecimal digits of a 48-bit number each."""

    numbers: Array


@dataclass(frozen=True, slots=True)
class Sparse:
    """Numbers, instants or truths of which some are missing."""

    values: Array
    missing: Array


Column = Coded | Token | Sparse | Array | str | int | bool | None


@cache
def _hex_table() -> Array:
    text = "".join(f"{number:04x}" for number in range(1 << 16)).encode()
    return np.frombuffer(text, dtype=np.uint32)


def tokens(numbers: Array) -> pa.Array:
    """Write 48-bit numbers as twelve hexadecimal digits.

    >>> import numpy as np
    >>> tokens(np.array([255, 1 << 40])).to_pylist()
    ['0000000000ff', '010000000000']
    """
    table, count = _hex_table(), len(numbers)
    parts = np.empty((count, 3), dtype=np.uint32)
    for place, shift in enumerate((32, 16, 0)):
        parts[:, place] = table[(numbers >> shift) & 0xFFFF]
    offsets = np.arange(count + 1, dtype=np.int32) * TOKEN_WIDTH
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(parts))


def event_ids(at: Array, rng: np.random.Generator) -> pa.Array:
    """Make UUIDv7: 48 bits of milliseconds, 74 random bits, version and variant in their place."""
    bits = rng.bit_generator.random_raw(2 * len(at)).reshape(2, -1)
    words = np.empty((len(at), 2), dtype=">u8")
    milliseconds = (at // 1000).astype(np.uint64) << np.uint64(16)
    words[:, 0] = milliseconds | np.uint64(0x7000) | (bits[0] & np.uint64(0xFFF))
    words[:, 1] = (bits[1] >> np.uint64(2)) | np.uint64(1 << 63)
    storage = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(at), [None, pa.py_buffer(words)]
    )
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)


def arrow(column: Column, field: pa.Field, count: int) -> pa.Array:
    """Turn a column as the simulator holds it into Arrow; text of few words becomes codes."""
    match column:
        case None:
            return pa.nulls(count, field.type)
        case Token():
            return tokens(column.numbers)
        case Coded():
            return _coded(column)
        case Sparse():
            return pa.array(column.values, mask=column.missing).cast(field.type)
        case str():
            return _coded(Coded(np.zeros(count, dtype=np.int32), [column]))
        case _:
            values = column if isinstance(column, np.ndarray) else np.full(count, column)
            return pa.array(values).cast(field.type)


def _coded(column: Coded) -> pa.Array:
    codes = column.codes.astype(np.int32, copy=False)
    words = column.words if isinstance(column.words, pa.Array) else pa.array(column.words)
    is_missing = codes < 0
    indices = pa.array(codes, mask=is_missing) if is_missing.any() else pa.array(codes)
    return pa.DictionaryArray.from_arrays(indices, words)
