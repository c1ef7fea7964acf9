"""A state as bytes. Way: engine -> here -> store; unpacking reads them.

    stamp     12 bytes: epoch (uint32) and offset + 1 (uint64), big-endian, so that bytes compare
              as ages do; a state built from the warehouse alone has offset -1
    format    1 byte
    newest    8 bytes, little-endian: the newest `recorded` folded in, microseconds
    room      3 bytes, little-endian: 64-bit words the rows take in memory with their index
    runs      settled rows, those of one group and level together; see features.state.runs

A run begins with how many runs were left out before it. Its rows follow, newest first: how many
tiles before `newest`, or before the row before, and whether another row follows; a bit per column
that holds something; those columns. The whole life has one row, and no tile.

What a newer row makes needless is left out, and a row with nothing left: so bytes depend on the
facts alone, whether or not a state was packed and read back in between.

Numbers are varints of seven bits a byte, signed ones folded (zigzag). Instants are counted from the
tile's start, in as many bytes as a tile needs; those of the whole life back from `newest`. A bitmap
of few bits is a byte for each: its number, and 128 if another follows. Any other is which of its
eight bytes are not 0 (64, and 1, 2, 4 ... 32, 128; the last one always is there), then those.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.state.borrowing import borrowed
from features.state.compiling import compiled
from features.state.flat import Integers
from features.state.kernel import (
    GROUP,
    LEVEL,
    NEWEST,
    OFFSET,
    ROOM,
    ROWS,
    SLOT_WIDE,
    START,
    TILE,
    USED,
    ask_for_state,
    settle_slot,
)
from features.state.memory import (
    address_of,
    ask_for,
    byte_at,
    count_bits,
    lowest_bit,
    put_byte,
    put_eight,
    put_word,
    word_at,
)
from features.state.runs import (
    ALWAYS,
    BITMAP,
    COUNTED,
    ENTRY_KIND,
    ENTRY_UNLESS,
    INSTANT_LOW,
    LOW,
    PICK_LOW,
    RUN_BLANK,
    RUN_FROM,
    RUN_HOP,
    RUN_TO,
    RUN_WIDE,
    RUN_WIDTH,
    RUN_WORDS,
    UNLESS_NEWER,
)
from features.state.tables import T_BLANK, T_ENTRY, T_RUN, T_RUN_FROM

Bytes = npt.NDArray[np.uint8]
HEAD = 21
STAMP = 12
SIZE = 3  # bytes that say how many words the rows take
FEW_BITS = 5  # up to so many are written one by one
MASKED = 64
PLACE = (1 << ENTRY_KIND) - 1


@compiled
def put(out: int, at: int, value: int) -> int:
    """Write an unsigned number in seven bits a byte, lowest first; return the place after it.

    Bytes behind the number may be written too: a length that has to be guessed costs the processor
    more than a wide store.
    """
    if value >= 0 and value < 1 << 21:
        second, third = np.int64(value >= 1 << 7), np.int64(value >= 1 << 14)
        low = (value & 0x7F) | (second << 7)
        middle = ((value >> 7) & 0x7F) | (third << 7)
        put_eight(out, at, low | (middle << 8) | ((value >> 14) << 16))
        return at + 1 + second + third
    while value & ~0x7F:
        put_byte(out, at, (value & 0x7F) | 0x80)
        value = (value >> 7) & 0x01FFFFFFFFFFFFFF
        at += 1
    put_byte(out, at, value)
    return at + 1


@compiled
def put_bits(out: int, at: int, bits: int) -> int:
    """Write a bitmap that is not empty."""
    if count_bits(bits) <= FEW_BITS:
        while bits != 0:
            number = lowest_bit(bits)
            bits &= bits - 1
            put_byte(out, at, number | (np.int64(bits != 0) << 7))
            at += 1
        return at
    mask, head = np.int64(0), at
    at += 1
    for byte in range(7):
        value = (bits >> (8 * byte)) & 0xFF
        put_byte(out, at, value)
        mask |= np.int64(value != 0) << byte
        at += value != 0
    put_byte(out, at, bits >> 56)
    put_byte(out, head, MASKED | (mask & 0x3F) | ((mask & 0x40) << 1))
    return at + 1


@compiled
def put_column(  # noqa: PLR0913, PLR0917 - kernels take addresses, not objects
    kind: int, words: int, at: int, value: int, base: int, width: int, out: int, end: int
) -> int:  # fmt: skip
    """Write a column that holds `value`; `width` 0 has instants count back from `base`."""
    if kind == COUNTED:
        return put(out, end, value)
    if kind == BITMAP:
        return put_bits(out, end, value)
    if kind >= INSTANT_LOW:
        if width > 0:
            put_eight(out, end, value - base)
            end += width
        else:
            end = put(out, end, base - value)
        if kind < PICK_LOW:
            return end
        put_eight(out, end, word_at(words, at + 1))
        put_eight(out, end + 8, word_at(words, at + 2))
        value, end = word_at(words, at + 3), end + 16
    return put(out, end, (value << 1) ^ (value >> 63))


@compiled
def left_of(kind: int, value: int, newer: int, at: int) -> tuple[int, bool]:
    """Return what newer rows leave of a column's value and whether that is anything."""
    held = word_at(newer, at)
    if kind == BITMAP:
        put_word(newer, at, held | value)
        return value & ~held, value & ~held != 0
    if value <= held if kind != LOW else value >= held:
        return value, False
    put_word(newer, at, value)
    return value, True


@compiled
def in_older(  # noqa: PLR0913, PLR0917 - kernels take addresses, not objects
    region: int, index: int, from_: int, row: int, to: int, last: int, at: int, blank: int
) -> bool:  # fmt: skip
    """Say whether an older row of the group holds something in its word `at`.

    The run of the row is `from_` to `to`, and the group ends at `last`.
    """
    found = False
    for other in range(from_, row):
        found = found or word_at(region, word_at(index, -1 - 2 * other) + at) != blank
    for other in range(to, last):
        found = found or word_at(region, word_at(index, -1 - 2 * other) + at) != blank
    return found


@compiled
def put_columns(  # noqa: PLR0913, PLR0917 - kernels take addresses, not objects
    t: int, run: int, region: int, index: int, from_: int, row: int, to: int, last: int,
    newer: int, base: int, out: int, end: int,
) -> int:  # fmt: skip
    """Write a row's bits and columns; return the place after it, or -1 if nothing is left of it.

    `newer` is what newer rows of the group hold, 0 if there is no other row. The run of the row is
    `from_` to `to`, and the group ends at `last`.
    """
    place, width = word_at(index, -1 - 2 * row), word_at(t, run + RUN_WIDTH)
    first = word_at(t, T_ENTRY) + word_at(t, run + RUN_FROM)
    count = word_at(t, T_ENTRY) + word_at(t, run + RUN_TO) - first
    blank, is_any = word_at(t, T_BLANK) + word_at(t, run + RUN_BLANK), False
    for chunk in range(0, count, 64):
        size, mask = min(64, count - chunk), np.int64(0)
        for n in range(size - 1, -1, -1):
            at = word_at(t, first + chunk + n) & PLACE
            held = word_at(region, place + at) != word_at(t, blank + at)
            mask = (mask << 1) | np.int64(held)
        bits, rest = end, mask
        end += (size + 7) >> 3
        while rest != 0:
            n = lowest_bit(rest)
            rest &= rest - 1
            entry = word_at(t, first + chunk + n)
            at, kind = entry & PLACE, (entry >> ENTRY_KIND) & 0xFF
            value, is_left = word_at(region, place + at), True
            if newer != 0 and entry >> ENTRY_UNLESS != ALWAYS:
                if entry >> ENTRY_UNLESS == UNLESS_NEWER:
                    value, is_left = left_of(kind, value, newer, at)
                else:
                    empty = word_at(t, blank + at)
                    is_left = not in_older(region, index, from_, row, to, last, at, empty)
            if is_left:
                end = put_column(kind, region, place + at, value, base, width, out, end)
            else:
                mask ^= np.int64(1) << n
        for byte in range((size + 7) >> 3):
            put_byte(out, bits + byte, mask >> (8 * byte))
        is_any = is_any or mask != 0
    return end if is_any else -1


@compiled
def pack(  # noqa: PLR0913, PLR0917, C901 - kernels take addresses, not objects
    t: int, region: int, index: int, rows: int, newest: int, room: int, out: int, end: int
) -> int:  # fmt: skip
    """Write a settled region behind its head; return the place after it.

    `index` is where the region ends, `room` has place for the words of the widest row.
    """
    size, words_written, written = end, np.int64(0), np.int64(-1)
    end += SIZE
    last, from_, newer = np.int64(0), np.int64(0), np.int64(0)
    while from_ < rows:
        level = word_at(index, -2 - 2 * from_) >> LEVEL
        group = level >> (GROUP - LEVEL)
        number = word_at(t, word_at(t, T_RUN_FROM) + group) + (level & 15)
        run = word_at(t, T_RUN) + RUN_WIDE * number
        words = word_at(t, run + RUN_WORDS)
        if from_ == last:
            last += 1
            while last < rows and word_at(index, -2 - 2 * last) >> GROUP == group:
                last += 1
            newer = room if last - from_ > 1 else np.int64(0)
            if newer != 0:
                blank = word_at(t, T_BLANK) + word_at(t, run + RUN_BLANK)
                for word in range(words):
                    put_word(newer, word, word_at(t, blank + word))
        to = from_ + 1
        while to < last and word_at(index, -2 - 2 * to) >> LEVEL == level:
            to += 1
        hop, before = word_at(t, run + RUN_HOP), np.int64(-1)
        tile_before = newest // hop + 1 if hop > 0 else np.int64(0)
        for row in range(to - 1, from_ - 1, -1):
            tile, base = word_at(index, -2 - 2 * row) & TILE, newest
            at = tile_at = end
            if before < 0:
                at = tile_at = put(out, at, number - written - 1)
            if hop > 0:
                base = tile * hop
                at = put(out, at, (tile_before - tile - 1) << 1)
            at = put_columns(t, run, region, index, from_, row, to, last, newer, base, out, at)
            if at < 0:
                continue
            if before >= 0:
                put_byte(out, before, byte_at(out, before) | 1)
            end, before, tile_before = at, tile_at, tile
            words_written, written = words_written + words + 2, number
        from_ = to
    for byte in range(SIZE):
        put_byte(out, size + byte, words_written >> (8 * byte))
    return end


@compiled
def pack_states(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects
    t: Integers, words: Integers, slots: Integers, asked: Integers, head: Integers, out: Bytes,
    ends: Integers,
) -> int:  # fmt: skip
    """Settle and pack the states of some slots into `out`; `head` is epoch and format.

    Returns how many there was room for; `ends` is where each of them ends.
    """
    t, words, slots, asked = borrowed(t), borrowed(words), borrowed(slots), borrowed(asked)
    out, ends = borrowed(out), borrowed(ends)
    room, end, to = np.empty(head[2], dtype=np.int64), np.int64(0), address_of(out)
    for i, slot in enumerate(asked):
        if len(out) - end < HEAD + 32 + 11 * slots[slot, USED] + 24 * slots[slot, ROWS]:
            return i
        if i + 4 < len(asked):
            ask_for(address_of(slots), SLOT_WIDE * asked[i + 4])
        if i + 1 < len(asked):
            ask_for_state(words, slots, asked[i + 1])
        settle_slot(t, words, slots, slot)
        newest, offset = slots[slot, NEWEST], slots[slot, OFFSET] + 1
        for byte in range(4):
            put_byte(to, end + byte, head[0] >> (24 - 8 * byte))
        for byte in range(8):
            put_byte(to, end + 4 + byte, offset >> (56 - 8 * byte))
        put_byte(to, end + STAMP, head[1])
        put_eight(to, end + STAMP + 1, newest)
        region = address_of(words) + 8 * slots[slot, START]
        index, rows = region + 8 * slots[slot, ROOM], slots[slot, ROWS]
        end += HEAD
        end = pack(address_of(t), region, index, rows, newest, address_of(room), to, end)
        ends[i] = end
    return len(asked)
