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
    ROWS,
    TILE,
    USED,
    ask_ahead,
    key_at,
    place_at,
    region_of,
    settle_slot,
)
from features.state.memory import count_bits, lowest_bit, put_eight, word_at
from features.state.runs import (
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
    UNLESS_OLDER,
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
def put(out: Bytes, at: int, value: int) -> int:
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
        out[at] = (value & 0x7F) | 0x80
        value = (value >> 7) & 0x01FFFFFFFFFFFFFF
        at += 1
    out[at] = value
    return at + 1


@compiled
def put_bits(out: Bytes, at: int, bits: int) -> int:
    """Write a bitmap that is not empty."""
    if count_bits(bits) <= FEW_BITS:
        while bits != 0:
            number = lowest_bit(bits)
            bits &= bits - 1
            out[at] = number | (np.int64(bits != 0) << 7)
            at += 1
        return at
    mask, head = np.int64(0), at
    at += 1
    for byte in range(7):
        value = (bits >> (8 * byte)) & 0xFF
        out[at] = value
        mask |= np.int64(value != 0) << byte
        at += value != 0
    out[at] = (bits >> 56) & 0xFF
    out[head] = MASKED | (mask & 0x3F) | ((mask & 0x40) << 1)
    return at + 1


@compiled
def put_column(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects
    kind: int, words: Integers, at: int, value: int, base: int, width: int, out: Bytes, end: int
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
def left_of(kind: int, value: int, newer: Integers, at: int) -> tuple[int, bool]:
    """Return what newer rows leave of a column's value and whether that is anything."""
    held = word_at(newer, at)
    if kind == BITMAP:
        newer[at] = held | value
        return value & ~held, value & ~held != 0
    if value <= held if kind != LOW else value >= held:
        return value, False
    newer[at] = value
    return value, True


@compiled
def in_older(region: Integers, row: int, after: tuple[int, int, int], at: int, blank: int) -> bool:
    """Say whether an older row of the group holds something in its word `at`.

    `after` is where the run of the row begins, where it ends, and where the group ends.
    """
    found = False
    for other in range(after[0], row):
        found = found or region[place_at(region, other) + at] != blank
    for other in range(after[1], after[2]):
        found = found or region[place_at(region, other) + at] != blank
    return found


@compiled
def put_columns(  # noqa: PLR0913, PLR0917, C901 - kernels take arrays, not objects
    t: Integers, run: int, region: Integers, row: int, after: tuple[int, int, int], alone: bool,  # noqa: FBT001
    newer: Integers, base: int, out: Bytes, end: int,
) -> int:  # fmt: skip
    """Write a row's bits and columns; return the place after it, or -1 if nothing is left of it.

    `newer` is what newer rows of the group hold; `alone` says that there is no other.
    """
    place, width = place_at(region, row), word_at(t, run + RUN_WIDTH)
    first = t[T_ENTRY] + word_at(t, run + RUN_FROM)
    count = t[T_ENTRY] + word_at(t, run + RUN_TO) - first
    blank, is_any = t[T_BLANK] + word_at(t, run + RUN_BLANK), False
    for chunk in range(0, count, 64):
        size, mask = min(64, count - chunk), np.int64(0)
        for n in range(size):
            at = word_at(t, first + chunk + n) & PLACE
            held = word_at(region, place + at) != word_at(t, blank + at)
            mask |= np.int64(held) << n
        bits, rest = end, mask
        end += (size + 7) >> 3
        while rest != 0:
            n = lowest_bit(rest)
            rest &= rest - 1
            entry = word_at(t, first + chunk + n)
            at, kind = entry & PLACE, (entry >> ENTRY_KIND) & 0xFF
            value, is_left = word_at(region, place + at), True
            if not alone:
                unless = entry >> ENTRY_UNLESS
                if unless == UNLESS_NEWER:
                    value, is_left = left_of(kind, value, newer, at)
                elif unless == UNLESS_OLDER:
                    is_left = not in_older(region, row, after, at, word_at(t, blank + at))
            if is_left:
                end = put_column(kind, region, place + at, value, base, width, out, end)
            else:
                mask ^= np.int64(1) << n
        for byte in range((size + 7) >> 3):
            out[bits + byte] = (mask >> (8 * byte)) & 0xFF
        is_any = is_any or mask != 0
    return end if is_any else -1


@compiled
def pack(  # noqa: PLR0913, PLR0917, C901 - kernels take arrays, not objects
    t: Integers, region: Integers, rows: int, newest: int, newer: Integers, out: Bytes, end: int
) -> int:
    """Write a settled region behind its head; return the place after it.

    `newer` is room for the words of the widest row.
    """
    size, room, written = end, np.int64(0), np.int64(-1)
    end += SIZE
    first, last, from_ = np.int64(0), np.int64(0), np.int64(0)
    while from_ < rows:
        level = key_at(region, from_) >> LEVEL
        group = level >> (GROUP - LEVEL)
        number = t[t[T_RUN_FROM] + group] + (level & 15)
        run = t[T_RUN] + RUN_WIDE * number
        words = word_at(t, run + RUN_WORDS)
        if from_ == last:
            first = last
            while last < rows and key_at(region, last) >> GROUP == group:
                last += 1
            if last - first > 1:
                blank = t[T_BLANK] + word_at(t, run + RUN_BLANK)
                for word in range(words):
                    newer[word] = word_at(t, blank + word)
        to = from_ + 1
        while to < last and key_at(region, to) >> LEVEL == level:
            to += 1
        hop, before = word_at(t, run + RUN_HOP), np.int64(-1)
        tile_before = newest // hop + 1 if hop > 0 else np.int64(0)
        for row in range(to - 1, from_ - 1, -1):
            tile, base, tile_at, at = key_at(region, row) & TILE, newest, end, end
            if before < 0:
                at = tile_at = put(out, at, number - written - 1)
            if hop > 0:
                base = tile * hop
                at = put(out, at, (tile_before - tile - 1) << 1)
            after, alone = (from_, to, last), last - first == 1
            at = put_columns(t, run, region, row, after, alone, newer, base, out, at)
            if at < 0:
                continue
            if before >= 0:
                out[before] |= 1
            end, room, before, tile_before, written = at, room + words + 2, tile_at, tile, number
        from_ = to
    for byte in range(SIZE):
        out[size + byte] = (room >> (8 * byte)) & 0xFF
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
    newer, end = np.empty(head[2], dtype=np.int64), np.int64(0)
    newer = borrowed(newer)
    for i, slot in enumerate(asked):
        if len(out) - end < HEAD + 32 + 11 * slots[slot, USED] + 24 * slots[slot, ROWS]:
            return i
        ask_ahead(words, slots, asked, i)
        settle_slot(t, words, slots, slot)
        newest, offset = slots[slot, NEWEST], slots[slot, OFFSET] + 1
        for byte in range(4):
            out[end + byte] = (head[0] >> (24 - 8 * byte)) & 0xFF
        for byte in range(8):
            out[end + 4 + byte] = (offset >> (56 - 8 * byte)) & 0xFF
        out[end + 12] = head[1]
        put_eight(out, end + 13, newest)
        region = region_of(words, slots, slot)
        end = pack(t, region, slots[slot, ROWS], newest, newer, out, end + HEAD)
        ends[i] = end
    return len(asked)
