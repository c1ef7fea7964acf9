"""Bytes as a state. Way: store -> here -> engine, folding. What the bytes are: see packing.

Bytes may be broken: no place beyond their end is read, and none beyond a region's written.
"""

from __future__ import annotations

import numpy as np

from features.state.borrowing import borrowed
from features.state.compiling import compiled
from features.state.flat import Integers
from features.state.inputs import NULL
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
    UNTIL,
    USED,
    give_back,
    key_at,
    place_at,
    put_index,
)
from features.state.layout import FORMAT
from features.state.memory import address_of, byte_at, eight_at, lowest_bit, put_word, word_at
from features.state.packing import HEAD, MASKED, PLACE, SIZE, STAMP, Bytes
from features.state.runs import (
    BITMAP,
    COUNTED,
    ENTRY_KIND,
    INSTANT_LOW,
    PICK_LOW,
    RUN_BLANK,
    RUN_FROM,
    RUN_GROUP,
    RUN_HOP,
    RUN_TO,
    RUN_WIDE,
    RUN_WIDTH,
    RUN_WORDS,
)
from features.state.tables import T_BLANK, T_ENTRY, T_RUN, T_RUN_FROM


@compiled
def got_word(data: int, at: int, end: int) -> int:
    """Read eight bytes, 0 for those from `end` on."""
    if at + 8 <= end:
        return eight_at(data, at)
    value = np.int64(0)
    for byte in range(min(8, end - at)):
        value |= byte_at(data, at + byte) << (8 * byte)
    return value


@compiled
def got(data: int, at: int, end: int) -> tuple[int, int]:
    """Read a number and the place after it; a place beyond `end` says the bytes are broken."""
    value, shift = np.int64(0), np.int64(0)
    while at < end and shift < 64:
        byte = byte_at(data, at)
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    return value, end + 1


@compiled
def got_bits(data: int, at: int, end: int) -> tuple[int, int]:
    """Read a bitmap and the place after it."""
    bits, head = np.int64(0), byte_at(data, at)
    if head & MASKED == 0:
        while at < end:
            byte = byte_at(data, at)
            bits |= np.int64(1) << (byte & 63)
            at += 1
            if byte < 0x80:
                return bits, at
        return bits, end + 1
    mask, at = (head & 0x3F) | ((head >> 1) & 0x40), at + 1
    loaded, shift = got_word(data, at, end), np.int64(0)
    for byte in range(7):
        there = (mask >> byte) & 1
        bits |= (((loaded >> shift) & 0xFF) * there) << (8 * byte)
        shift += 8 * there
        at += there
    return bits | (((loaded >> shift) & 0xFF) << 56), at + 1


@compiled
def got_column(  # noqa: PLR0913, PLR0917 - kernels take addresses, not objects
    kind: int, data: int, at: int, end: int, base: int, width: int, words: int, place: int
) -> int:  # fmt: skip
    """Read a column into `words[place:]`; return the place after it."""
    if kind == BITMAP:
        value, at = got_bits(data, at, end)
        put_word(words, place, value)
        return at
    if kind >= INSTANT_LOW:
        if width > 0:
            mask = (np.int64(1) << (8 * width)) - 1
            put_word(words, place, base + (got_word(data, at, end) & mask))
            at += width
        else:
            back, at = got(data, at, end)
            put_word(words, place, base - back)
        if kind < PICK_LOW:
            return at
        if at + 16 > end:
            return end + 1
        put_word(words, place + 1, eight_at(data, at))
        put_word(words, place + 2, eight_at(data, at + 8))
        place, at = place + 3, at + 16
    value, at = got(data, at, end)
    if kind != COUNTED:
        value = ((value >> 1) & HIGHEST) ^ -(value & 1)
    put_word(words, place, value)
    return at


@compiled
def got_columns(  # noqa: PLR0913, PLR0917 - kernels take addresses, not objects
    t: int, run: int, data: int, at: int, end: int, base: int, region: int, place: int
) -> int:  # fmt: skip
    """Read a row's bits and columns into `region[place:]`; return the place after it."""
    blank, width = word_at(t, T_BLANK) + word_at(t, run + RUN_BLANK), word_at(t, run + RUN_WIDTH)
    for word in range(word_at(t, run + RUN_WORDS)):
        put_word(region, place + word, word_at(t, blank + word))
    first = word_at(t, T_ENTRY) + word_at(t, run + RUN_FROM)
    count = word_at(t, T_ENTRY) + word_at(t, run + RUN_TO) - first
    for chunk in range(0, count, 64):
        size = min(64, count - chunk)
        rest = got_word(data, at, end)
        if size < 64:
            rest &= (np.int64(1) << size) - 1
        at += (size + 7) >> 3
        while rest != 0:
            entry = word_at(t, first + chunk + lowest_bit(rest))
            rest &= rest - 1
            if at >= end:
                return end + 1
            kind, into = (entry >> ENTRY_KIND) & 0xFF, place + (entry & PLACE)
            at = got_column(kind, data, at, end, base, width, region, into)
    return at


@compiled
def turn(region: Integers, first: int, last: int) -> None:
    """Put the entries of the index from `first` up to `last` in the opposite order."""
    last -= 1
    while first < last:
        key, place = key_at(region, first), place_at(region, first)
        put_index(region, first, key_at(region, last), place_at(region, last))
        put_index(region, last, key, place)
        first, last = first + 1, last - 1


@compiled
def room_of(data: Bytes, start: int, end: int) -> int:
    """Read how many words a state takes in memory; -1 if its bytes are no state's."""
    if end - start < HEAD + SIZE or data[start + STAMP] != FORMAT:
        return -1
    at = start + HEAD
    return np.int64(data[at]) | np.int64(data[at + 1]) << 8 | np.int64(data[at + 2]) << 16


@compiled
def unpack(t: Integers, data: Bytes, start: int, end: int, region: Integers) -> int:
    """Read a state into a region of its size; return how many rows it has, -1 if it is broken."""
    given, table, words_at = address_of(data), address_of(t), address_of(region)
    newest, at = eight_at(given, start + STAMP + 1), start + HEAD + SIZE
    place, rows, number = np.int64(0), np.int64(0), np.int64(-1)
    while at < end:
        skipped, at = got(given, at, end)
        if skipped < 0 or skipped >= t[T_RUN + 1]:
            return -1
        number += skipped + 1
        if RUN_WIDE * (number + 1) > t[T_RUN + 1]:
            return -1
        run = t[T_RUN] + RUN_WIDE * number
        group, hop, words = t[run + RUN_GROUP], t[run + RUN_HOP], t[run + RUN_WORDS]
        key = (group << GROUP) | ((number - t[t[T_RUN_FROM] + group]) << LEVEL)
        tile, base, first, more = np.int64(0), newest, rows, True
        if hop > 0:
            tile = newest // hop + 1
        while more:
            more = False
            if hop > 0:
                back, at = got(given, at, end)
                more, tile = back & 1 == 1, tile - (back >> 1) - 1
                base = tile * hop
            if at > end or place + words + 2 * (rows + 1) > len(region):
                return -1
            put_index(region, rows, key | (tile & TILE), place)
            at = got_columns(table, run, given, at, end, base, words_at, place)
            place, rows = place + words, rows + 1
        turn(region, first, rows)
    return rows if at == end and place + 2 * rows == len(region) else -1


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
        room = room_of(data, start, end)
        if room < 0:
            return -1 - i
        if meta[0] + room > len(words):
            return i
        region = words[meta[0] : meta[0] + room]
        rows = unpack(t, data, start, end, region)
        if rows < 0:
            return -1 - i
        met, offset = np.int64(0), np.int64(0)
        for byte in range(4):
            met = (met << 8) | np.int64(data[start + byte])
        for byte in range(8):
            offset = (offset << 8) | np.int64(data[start + 4 + byte])
        give_back(words, meta, slots[slot, START], slots[slot, ROOM])
        slots[slot, START], slots[slot, ROOM] = meta[0], room
        slots[slot, USED], slots[slot, ROWS] = room - 2 * rows, rows
        slots[slot, NEWEST] = eight_at(address_of(data), start + STAMP + 1)
        slots[slot, OFFSET] = offset - 1 if met == epoch else -1
        slots[slot, SORTED], slots[slot, UNTIL] = rows, NULL
        meta[0] += room
        start = end
    return len(asked)
