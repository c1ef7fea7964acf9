"""Lines as rows of integers. Way: decoding joins the lines -> here -> decoding_batch.

A line is scanned, then what stands in it is read, checked and turned into cells. A line that is not
plain, or that breaks the contract, is *doubtful*: nobody has refused it yet, the codec will say. No
line is taken here that the codec or landing's checks would refuse.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.events.codec import LINE_BYTES_MAX
from features.state.compiling import compiled
from features.state.flat import Integers
from features.state.inputs import NULL
from pipelines.stream.decoding_checks import EARLIEST_US, LATEST_US
from pipelines.stream.decoding_kernel import in_base, instant, is_null, uuid_halves
from pipelines.stream.decoding_lexicon import ENTRIES, ENTRY, IS_FULL, LONGEST, VALUE, meaning, met
from pipelines.stream.decoding_scan import NOT_PLAIN, scan
from pipelines.stream.decoding_tables import (
    AS_BUCKET,
    AS_CODE,
    BASE64,
    C_ALL,
    C_FIELD,
    C_MAKE,
    C_SCOPE,
    CONTENT,
    FILLS,
    ID,
    IN_BASE,
    L_ALL,
    L_FIELD,
    L_VIEW,
    LINKS,
    MOST_FIELDS,
    O_FIELD_FROM,
    O_FILL_FROM,
    O_LINK_FROM,
    O_NUMBER,
    RECORDED,
    SOURCE,
    SPECVERSION,
    SUBJECT,
    TIME,
    TYPE,
)
from pipelines.stream.decoding_values import read_values
from pipelines.stream.decoding_words import QUOTE, Bytes, address_of, byte_at, item, put, word_at

ROW_OCCURRED, ROW_RECORDED, ROW_HIGH, ROW_LOW, ROW_FACT, ROW_PLAYER = range(6)
ROW_COLUMNS = 6
TIES, PENDING = range(2)
"""Kinds of notes: keys of players; cells of texts whose bucket is still to be told."""
NOTE, SCRATCH = 3, 5 * MOST_FIELDS
_TAKEN, _DOUBTFUL, _FULL = range(3)
_SPACE = 32
_VERSION = int.from_bytes(b'"1.0"\0\0\0', "little")
_FIVE = (1 << 40) - 1
_JSON_TYPE = np.frombuffer(b'"application/json"', dtype=np.uint8)


class Memory(NamedTuple):
    """What is known before a batch: the tables, and lexicons of the texts met so far."""

    flat: Integers
    lexicon: Integers
    names: Integers
    buckets: Integers


class Room(NamedTuple):
    """Where a batch is written to, a place for every line.

    `rows` is by ROW_*, then by line; of a player it holds 1 + the number in `names`. `notes` is by
    TIES: (line, view, 1 + number of the key in `names`), and PENDING: (line, cell, number in
    `buckets`); `counts` says how many of each. `scratch` has SCRATCH words; a kernel's own would be
    gone when all that is left of it is its address.
    """

    rows: Integers
    cells: Integers
    doubtful: npt.NDArray[np.bool_]
    notes: Integers
    counts: Integers
    scratch: Integers


class _At(NamedTuple):
    """Where everything is, as addresses; `values` is the part of `spans` about the data."""

    flat: int
    lexicon: int
    names: int
    buckets: int
    spans: int
    values: int
    numbers: int
    tail: int
    rows: int
    cells: int
    ties: int
    pending: int
    counts: int
    lines: int
    width: int


@compiled
def read_lines(
    text: Bytes, starts: Integers, stretch: tuple[int, int, int], memory: Memory, room: Room
) -> int:
    """Read lines; return the first that was not reached for want of memory.

    `stretch` is the first line in the text, the first to be read, and the one after the last.
    Line i is starts[i + 1] - starts[i] - 1 bytes long; behind the last stands the tail.
    """
    begin, first, end = stretch
    count, base = len(starts) - 1, address_of(text) - starts[begin]
    flat, notes = address_of(memory.flat), address_of(room.notes)
    spans = address_of(room.scratch)
    at = _At(
        flat,
        address_of(memory.lexicon),
        address_of(memory.names),
        address_of(memory.buckets),
        spans,
        spans + 16 * item(flat, item(flat, O_FIELD_FROM) + 1),
        spans + 32 * MOST_FIELDS,
        base + starts[end],
        address_of(room.rows),
        address_of(room.cells),
        notes,
        notes + 8 * NOTE * room.notes.shape[1],
        address_of(room.counts),
        count,
        room.cells.shape[1],
    )
    for i in range(first, end):
        ties, pending = room.counts[TIES], room.counts[PENDING]
        state = _line(at, base + starts[i], base + starts[i + 1] - 1, i)
        if state != _TAKEN:
            room.counts[TIES], room.counts[PENDING] = ties, pending
        if state == _FULL:
            return i
        room.doubtful[i] = state == _DOUBTFUL
    return end


@compiled
def _line(at: _At, start: int, end: int, i: int) -> int:
    if end - start > LINE_BYTES_MAX:
        return _DOUBTFUL
    kind = scan(start, end, (at.flat, at.lexicon), at.spans)
    if kind == NOT_PLAIN or not _envelope(at, i):
        return _DOUBTFUL
    if not read_values((at.flat, at.lexicon), kind, at.tail, at.values, at.numbers):
        return _DOUBTFUL
    put(at.rows, ROW_FACT * at.lines + i, item(at.flat, item(at.flat, O_NUMBER) + kind))
    start, stop = item(at.spans, 2 * SUBJECT) + 1, item(at.spans, 2 * SUBJECT + 1) - 1
    if stop - start > LONGEST:
        return _DOUBTFUL
    number = met(at.names, 0, start, stop)
    put(at.rows, ROW_PLAYER * at.lines + i, number + 1)
    if number == IS_FULL:
        return _FULL
    state = _cells(at, kind, i)
    return _ties(at, kind, i) if state == _TAKEN else state


@compiled
def _envelope(at: _At, i: int) -> bool:
    """Read the attributes of a line; tell whether all are there and plain."""
    for field in (SPECVERSION, ID, SOURCE, TYPE, SUBJECT, TIME, RECORDED):
        first = item(at.spans, 2 * field)
        if first < 0 or byte_at(first) != QUOTE:
            return False
    version, source = item(at.spans, 2 * SPECVERSION), item(at.spans, 2 * SOURCE)
    if word_at(version) & _FIVE != _VERSION or _may_be_blank(source):
        return False
    start = item(at.spans, 2 * ID)
    if item(at.spans, 2 * ID + 1) - start != 38 or _may_be_blank(item(at.spans, 2 * SUBJECT)):
        return False
    high, low, is_uuid = uuid_halves(start + 1)
    occurred = instant(item(at.spans, 2 * TIME) + 1, item(at.spans, 2 * TIME + 1) - 1)
    recorded = instant(item(at.spans, 2 * RECORDED) + 1, item(at.spans, 2 * RECORDED + 1) - 1)
    put(at.rows, ROW_OCCURRED * at.lines + i, min(occurred, recorded))
    put(at.rows, ROW_RECORDED * at.lines + i, recorded)
    put(at.rows, ROW_HIGH * at.lines + i, high)
    put(at.rows, ROW_LOW * at.lines + i, low)
    is_in_range = min(occurred, recorded) >= EARLIEST_US and max(occurred, recorded) < LATEST_US
    return is_uuid and is_in_range and _is_json(at.spans)


@compiled
def _may_be_blank(start: int) -> bool:
    first = byte_at(start + 1)
    return bool(first == _SPACE or first == QUOTE)  # noqa: PLR1714, SIM109 - a kernel has no sets


@compiled
def _is_json(spans: int) -> bool:
    """Tell whether the data is said to be JSON, or nothing is said."""
    binary, start = item(spans, 2 * BASE64), item(spans, 2 * CONTENT)
    if binary >= 0 and not is_null(binary, item(spans, 2 * BASE64 + 1)):
        return False
    if start < 0 or is_null(start, item(spans, 2 * CONTENT + 1)):
        return True
    other = item(spans, 2 * CONTENT + 1) - start != len(_JSON_TYPE)
    for place in range(len(_JSON_TYPE)):
        other |= byte_at(start + place) != _JSON_TYPE[place]
    return not other


@compiled
def _cells(at: _At, kind: int, i: int) -> int:
    """Fill the cells of a line."""
    first = item(at.flat, item(at.flat, O_FILL_FROM) + kind)
    for place in range(item(at.flat, item(at.flat, O_FILL_FROM) + kind + 1) - first):
        fill = item(at.flat, FILLS) + C_ALL * (first + place)
        make, j = item(at.flat, fill + C_MAKE), item(at.flat, fill + C_FIELD)
        start, stop = item(at.values, 2 * j) + 1, item(at.values, 2 * j + 1) - 1
        cell = item(at.numbers, j)
        if start == 0:  # it is null
            cell = NULL
        elif make == IN_BASE:
            cell = in_base(cell, item(at.numbers, 1))
        elif make == AS_CODE:
            cell = meaning(at.lexicon, item(at.flat, fill + C_SCOPE), start, stop)
        elif make == AS_BUCKET:
            number = met(at.buckets, 0, start, stop) if stop - start <= LONGEST else NOT_PLAIN
            if number < 0:
                return _FULL if number == IS_FULL else _DOUBTFUL
            cell = item(at.buckets, item(at.buckets, ENTRIES) + ENTRY * number + VALUE) - 1
            if cell < 0:
                _note(at.pending, at.counts + 8 * PENDING, i, place, number)
        put(at.cells, i * at.width + place, cell)
    return _TAKEN


@compiled
def _ties(at: _At, kind: int, i: int) -> int:
    """Note the keys a line ties its player to."""
    links = item(at.flat, O_LINK_FROM) + kind
    for link in range(item(at.flat, links), item(at.flat, links + 1)):
        tie = item(at.flat, LINKS) + L_ALL * link
        j = item(at.flat, tie + L_FIELD)
        start, stop = item(at.values, 2 * j) + 1, item(at.values, 2 * j + 1) - 1
        if start > 0:  # it is not null
            number = met(at.names, 0, start, stop) if stop - start <= LONGEST else NOT_PLAIN
            if number < 0:
                return _FULL if number == IS_FULL else _DOUBTFUL
            _note(at.ties, at.counts + 8 * TIES, i, item(at.flat, tie + L_VIEW), number + 1)
    return _TAKEN


@compiled
def _note(notes: int, count: int, i: int, place: int, number: int) -> None:
    note = NOTE * item(count, 0)
    put(notes, note, i)
    put(notes, note + 1, place)
    put(notes, note + 2, number)
    put(count, 0, item(count, 0) + 1)
