"""A state as bytes and back. Way: engine, reader -> here -> store.

    stamp     12 bytes: epoch (uint32) and offset + 1 (uint64), big-endian, so that bytes compare
              as ages do; a state built from the warehouse alone has offset -1
    format    1 byte
    newest    8 bytes, little-endian: the newest `recorded` folded in, microseconds
    sizes     varints: 64-bit words of the rows in memory, and how many rows
    rows      settled; per row: group and level, tile counted back from `newest`, a bit per column
              that holds anything, then those columns

Numbers are varints of seven bits a byte, signed ones folded (zigzag); instants are counted from the
tile's start or, for the whole life, back from `newest`; a bitmap of one bit is that bit's number.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.state.borrowing import borrowed
from features.state.compiling import compiled
from features.state.flat import Integers
from features.state.kernel import (
    GROUP,
    HIGHEST,
    LEVEL,
    NEWEST,
    OFFSET,
    ROOM,
    ROWS,
    SORTED,
    START,
    TILE,
    USED,
    give_back,
    identity,
    key_at,
    place_at,
    put_index,
    region_of,
    settle_slot,
)
from features.state.layout import FORMAT
from features.state.tables import (
    FIRST,
    INSTANT,
    OR,
    T_COLUMN_FROM,
    T_HOP,
    T_LEVEL_FROM,
    T_MAKE,
    T_MERGE,
    T_WORD,
    T_WORDS,
)

Bytes = npt.NDArray[np.uint8]
HEAD = 21
STAMP = 12
MANY_BITS = 0xFF
WORDS_MOST = 1 << 22
"""No state is as large; broken bytes may claim to be."""


@compiled
def put(out: Bytes, at: int, value: int) -> int:
    """Write an unsigned number in seven bits a byte, lowest first; return the place after it.

    Bytes behind the number may be written too: a length that has to be guessed costs the processor
    more than two stores.
    """
    if value >= 0 and value < 1 << 21:
        second, third = value >= 1 << 7, value >= 1 << 14
        out[at] = (value & 0x7F) | (second << 7)
        out[at + 1] = ((value >> 7) & 0x7F) | (third << 7)
        out[at + 2] = value >> 14
        return at + 1 + second + third
    while value & ~0x7F:
        out[at] = (value & 0x7F) | 0x80
        value = (value >> 7) & 0x01FFFFFFFFFFFFFF
        at += 1
    out[at] = value
    return at + 1


@compiled
def lowest_bit(value: int) -> int:
    """Return the number of the lowest bit set."""
    bit = np.int64(0)
    for step in (32, 16, 8, 4, 2, 1):
        empty = value & ((np.int64(1) << step) - 1) == 0
        bit += step * empty
        value >>= step * empty
    return bit


@compiled
def put_word(out: Bytes, at: int, value: int) -> int:
    """Write eight bytes, lowest first."""
    for byte in range(8):
        out[at + byte] = (value >> (8 * byte)) & 0xFF
    return at + 8


@compiled
def got_word(data: Bytes, at: int) -> int:
    """Read eight bytes."""
    value = np.int64(0)
    for byte in range(8):
        value |= np.int64(data[at + byte]) << (8 * byte)
    return value


@compiled
def put_column(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects
    t: Integers, column: int, words: Integers, at: int, base: int, sign: int, out: Bytes, end: int
) -> int:  # fmt: skip
    """Write a column that holds something; instants as `sign * (instant - base)`."""
    value, merge = words[at], t[t[T_MERGE] + column]
    if merge == OR:
        if value & (value - 1) == 0:
            out[end] = lowest_bit(value)
            return end + 1
        out[end] = MANY_BITS
        return put_word(out, end + 1, value)
    if t[t[T_MAKE] + column] == INSTANT or merge >= FIRST:
        end = put(out, end, sign * (value - base))
        if merge < FIRST:
            return end
        end = put_word(out, put_word(out, end, words[at + 1]), words[at + 2])
        value = words[at + 3]
    return put(out, end, (value << 1) ^ (value >> 63))


@compiled
def pack(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects
    t: Integers, region: Integers, used: int, rows: int, newest: int, out: Bytes, end: int
) -> int:
    """Write a settled region behind its head; return the place after it."""
    end = put(out, put(out, end, used), rows)
    for row in range(rows):
        key, place = key_at(region, row), place_at(region, row)
        group, level, tile = key >> GROUP, (key >> LEVEL) & 15, key & TILE
        first = t[t[T_LEVEL_FROM] + group]
        base, sign = newest, -1
        end = put(out, end, (group << 4) | level)
        if first + level < t[t[T_LEVEL_FROM] + group + 1]:
            hop = t[t[T_HOP] + first + level]
            base, sign = tile * hop, 1
            end = put(out, end, newest // hop - tile)
        bits, columns = end, t[t[T_COLUMN_FROM] + group + 1] - t[t[T_COLUMN_FROM] + group]
        end += (columns + 7) // 8
        out[bits:end] = 0
        for n in range(columns):
            column = t[t[T_COLUMN_FROM] + group] + n
            at = place + t[t[T_WORD] + column]
            if region[at] != identity(t[t[T_MERGE] + column]):
                out[bits + n // 8] |= 1 << (n % 8)
                end = put_column(t, column, region, at, base, sign, out, end)
    return end


@compiled
def got(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """Read a number and the place after it; a place beyond `end` says the bytes are broken."""
    value, shift = np.int64(0), 0
    while at < end and shift < 64:
        byte = np.int64(data[at])
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    return value, end + 1


@compiled
def got_column(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects
    t: Integers, column: int, data: Bytes, at: int, end: int, base: int, sign: int,
    words: Integers, place: int,
) -> int:  # fmt: skip
    """Read a column into `words[place:]`; return the place after it."""
    merge = t[t[T_MERGE] + column]
    if merge == OR:
        if at + 9 > end and data[at] == MANY_BITS:
            return end + 1
        if data[at] != MANY_BITS:
            words[place] = np.int64(1) << np.int64(data[at] & 63)
            return at + 1
        words[place] = got_word(data, at + 1)
        return at + 9
    if t[t[T_MAKE] + column] == INSTANT or merge >= FIRST:
        value, at = got(data, at, end)
        words[place] = base + sign * value
        if merge < FIRST:
            return at
        if at + 16 > end:
            return end + 1
        words[place + 1], words[place + 2] = got_word(data, at), got_word(data, at + 8)
        place, at = place + 3, at + 16
    value, at = got(data, at, end)
    words[place] = ((value >> 1) & HIGHEST) ^ -(value & 1)
    return at


@compiled
def sizes(data: Bytes, at: int, end: int) -> tuple[int, int, int]:
    """Read how many words and rows a state has, and the place after; words -1 if broken."""
    used, at = got(data, at, end)
    rows, at = got(data, at, end)
    if used < 0 or used > WORDS_MOST or rows < 0 or rows > used or at > end:
        return -1, 0, at
    return used, rows, at


@compiled
def unpack(  # noqa: PLR0913, PLR0917, C901 - kernels take arrays, not objects
    t: Integers, data: Bytes, at: int, end: int, newest: int, region: Integers, rows: int
) -> bool:
    """Read the rows of a state into a region that fits them exactly; False if bytes are broken."""
    place, used = np.int64(0), len(region) - 2 * rows
    for row in range(rows):
        mark, at = got(data, at, end)
        group, level = mark >> 4, mark & 15
        if at > end or group < 0 or group >= t[T_WORDS + 1]:
            return False
        if place + t[t[T_WORDS] + group] > used:
            return False
        tile, base, sign = np.int64(0), newest, -1
        first = t[t[T_LEVEL_FROM] + group]
        if first + level < t[t[T_LEVEL_FROM] + group + 1]:
            back, at = got(data, at, end)
            tile = newest // t[t[T_HOP] + first + level] - back
            base, sign = tile * t[t[T_HOP] + first + level], 1
        put_index(region, row, (group << GROUP) | (level << LEVEL) | tile, place)
        columns = t[t[T_COLUMN_FROM] + group + 1] - t[t[T_COLUMN_FROM] + group]
        bits = at
        at += (columns + 7) // 8
        for n in range(columns):
            if at > end:
                return False
            column = t[t[T_COLUMN_FROM] + group] + n
            word = place + t[t[T_WORD] + column]
            region[word] = identity(t[t[T_MERGE] + column])
            if t[t[T_MERGE] + column] >= FIRST:
                region[word + 1] = region[word + 2] = region[word + 3] = 0
            if data[bits + n // 8] >> (n % 8) & 1:
                if at >= end:
                    return False
                at = got_column(t, column, data, at, end, base, sign, region, word)
        place += t[t[T_WORDS] + group]
    return at == end and place == used


@compiled
def pack_states(
    t: Integers, words: Integers, slots: Integers, asked: Integers, head: Integers
) -> tuple[Bytes, Integers]:
    """Settle and pack the states of some slots; `head` is epoch and format.

    Returns the bytes of all, and where each ends.
    """
    t, words, slots, asked = borrowed(t), borrowed(words), borrowed(slots), borrowed(asked)
    room = np.int64(0)
    for slot in asked:
        room += HEAD + 32 + 11 * slots[slot, USED] + 24 * slots[slot, ROWS]
    made, ends = np.empty(room, dtype=np.uint8), np.empty(len(asked), dtype=np.int64)
    out, end = borrowed(made), np.int64(0)
    for i, slot in enumerate(asked):
        settle_slot(t, words, slots, slot)
        newest, offset = slots[slot, NEWEST], slots[slot, OFFSET] + 1
        for byte in range(4):
            out[end + byte] = (head[0] >> (24 - 8 * byte)) & 0xFF
        for byte in range(8):
            out[end + 4 + byte] = (offset >> (56 - 8 * byte)) & 0xFF
            out[end + 13 + byte] = (newest >> (8 * byte)) & 0xFF
        out[end + 12] = head[1]
        region, used, rows = region_of(words, slots, slot), slots[slot, USED], slots[slot, ROWS]
        end = pack(t, region, used, rows, newest, out, end + HEAD)
        ends[i] = end
    return made[:end], ends


@compiled
def load_states(
    t: Integers, words: Integers, slots: Integers, meta: Integers,
    states: tuple[Bytes, Integers, Integers, int],
) -> int:  # fmt: skip
    """Unpack states into slots, behind what the arena holds.

    `states` are the bytes of all, where each ends, their slots and this worker's epoch (a state of
    another epoch keeps its facts and forgets its offset). Returns how many were loaded before the
    arena was full, or -1 - i if state i is broken.
    """
    t, words, slots = borrowed(t), borrowed(words), borrowed(slots)
    data, ends, asked, epoch = borrowed(states[0]), states[1], states[2], states[3]
    start = np.int64(0)
    for i in range(len(asked)):
        end, slot = ends[i], asked[i]
        if end - start <= HEAD or data[start + STAMP] != FORMAT:
            return -1 - i
        newest = got_word(data, start + STAMP + 1)
        used, rows, at = sizes(data, start + HEAD, end)
        if used < 0:
            return -1 - i
        room = used + 2 * rows
        if meta[0] + room > len(words):
            return i
        region = words[meta[0] : meta[0] + room]
        if not unpack(t, data, at, end, newest, region, rows):
            return -1 - i
        met, offset = np.int64(0), np.int64(0)
        for byte in range(4):
            met = (met << 8) | np.int64(data[start + byte])
        for byte in range(8):
            offset = (offset << 8) | np.int64(data[start + 4 + byte])
        give_back(words, meta, slots[slot, START], slots[slot, ROOM])
        slots[slot, START], slots[slot, ROOM] = meta[0], room
        slots[slot, USED], slots[slot, ROWS], slots[slot, NEWEST] = used, rows, newest
        slots[slot, OFFSET] = offset - 1 if met == epoch else -1
        slots[slot, SORTED] = rows
        meta[0] += room
        start = end
    return len(asked)
