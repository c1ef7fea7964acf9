"""Facts into the rows of players. Way: engine -> here -> kernel's regions.

Compiled by numba; a row of a fact's group is found by its key, and the fact's operations (see
`features.state.clauses`) are carried out on it.
"""

from __future__ import annotations

import numpy as np

from features.state.borrowing import borrowed
from features.state.clauses import (
    ANYWAY,
    C_CODE,
    C_FEED,
    C_NEED,
    C_PLACES,
    DO_ADD,
    DO_BIT,
    DO_COUNT,
    DO_COUNT_OF,
    DO_FIRST_AT,
    DO_GUARDED,
    DO_LAST_AT,
    DO_MAX,
    DO_MIN,
    DO_SQUARE,
    DO_SWITCH,
    F_END,
    F_GROUP,
    F_HOP,
    F_OWNER,
    F_START,
    FEED_WIDE,
    WHOLE,
    WIDE,
)
from features.state.compiling import compiled
from features.state.flat import Integers
from features.state.inputs import NULL
from features.state.kernel import (
    DAY_US,
    GROUP,
    HOUR_US,
    LINE,
    NEWEST,
    OFFSET,
    ROOM,
    ROWS,
    SLOT_WIDE,
    SORTED,
    START,
    TAIL,
    USED,
    ask_for_state,
    fold_in,
    found_row,
    put_in_order,
    put_index,
    region_of,
    reserve,
)
from features.state.layout import NO_VALUE, NOT_A_PLAYER
from features.state.memory import address_of, ask_for
from features.state.runs import RUN_BLANK, RUN_WIDE
from features.state.tables import (
    T_BLANK,
    T_CONDITION_FROM,
    T_CONDITION_SOURCE,
    T_FEED_FROM,
    T_RUN,
    T_RUN_FROM,
    T_VALUE,
    T_VALUE_FROM,
    T_WORDS,
)

FAR, NEAR = 8, 3
"""So many facts before their turn their cells and slots are asked for, and states."""


@compiled
def clock(source: int, occurred: int) -> int:
    """Return a number made of an instant: day, weekday or hour."""
    if source == -1:
        return occurred // DAY_US
    if source == -2:
        return (occurred // DAY_US + 3) % 7
    return occurred % DAY_US // HOUR_US


@compiled
def holds(t: Integers, owner: int, occurred: int, cells: Integers, i: int) -> bool:
    """Say whether all conditions of a column (or feed) hold for fact i."""
    for condition in range(t[t[T_CONDITION_FROM] + owner], t[t[T_CONDITION_FROM] + owner + 1]):
        source = t[t[T_CONDITION_SOURCE] + condition]
        value = cells[i, source] if source >= 0 else clock(source, occurred)
        met = False
        for place in range(t[t[T_VALUE_FROM] + condition], t[t[T_VALUE_FROM] + condition + 1]):
            met = met or t[t[T_VALUE] + place] == value
        if not met or value == NULL:
            return False
    return True


@compiled
def carry_out(  # noqa: PLR0912, PLR0913, PLR0915, PLR0917, C901 - one loop, one branch an operation
    t: Integers, c: Integers, feed: int, words: Integers, row: int, envelope: Integers,
    cells: Integers, i: int,
) -> None:  # fmt: skip
    """Do a feed's operations with fact i on the row that begins at `words[row]`."""
    code, occurred = c[C_CODE], envelope[i, 2]
    o, end, back, back_end = code + c[feed + F_START], code + c[feed + F_END], 0, 0
    while True:
        if o == end:
            if back == 0:
                return
            o, end, back = back, back_end, 0
            continue
        what, source, at = c[o], c[o + 1], row + c[o + 2]
        o += WIDE
        if what == DO_COUNT:
            words[at] += 1
            continue
        if what == DO_GUARDED:
            if holds(t, source, occurred, cells, i):
                back, back_end = o, end
                o, end = code + c[back - 3], code + c[back - 2]
            continue
        value = 1
        if source >= 0:
            value = cells[i, source]
            if value == NULL:
                continue
        elif source != NO_VALUE:
            value = clock(source, occurred)
        if what == DO_ADD:
            words[at] += value
        elif what == DO_BIT:
            bucket = value % c[o - 2]
            lane = bucket // 63
            if c[o - 1] == WHOLE:
                words[at + lane] |= np.int64(1) << (bucket - 63 * lane)
            elif c[o - 1] == lane:
                words[at] |= np.int64(1) << (bucket - 63 * lane)
        elif what == DO_SWITCH:
            nth = value - c[o - 2]
            if nth >= 0 and nth < c[o - 1]:
                to = c[C_PLACES] + c[o - 3] + 2 * nth
                if c[to] != c[to + 1]:
                    back, back_end = o, end
                    o, end = code + c[to], code + c[to + 1]
        elif what == DO_COUNT_OF:
            words[at] += 1
        elif what == DO_SQUARE:
            words[at] += value * value
        elif what == DO_MAX:
            words[at] = max(words[at], value)
        elif what == DO_MIN:
            words[at] = min(words[at], value)
        elif what == DO_FIRST_AT:
            words[at] = min(words[at], occurred)
        elif what == DO_LAST_AT:
            words[at] = max(words[at], occurred)
        else:
            pick(c[o - 2], words, at, envelope, i, value)


@compiled
def pick(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects
    merge: int, words: Integers, at: int, envelope: Integers, i: int, value: int
) -> None:
    """Keep the value of the first or last fact, by instant and then id."""
    fact = np.empty(4, dtype=np.int64)
    fact[0], fact[1], fact[2], fact[3] = envelope[i, 2], envelope[i, 4], envelope[i, 5], value
    fold_in(merge, words, at, fact, 0)


@compiled
def added_row(t: Integers, words: Integers, slots: Integers, slot: int, key: int) -> int:
    """Return where in the arena a key's row begins; a new row is blank."""
    region = region_of(words, slots, slot)
    rows, group = slots[slot, ROWS], key >> GROUP
    place = found_row(region, slots[slot, SORTED], rows, key)
    if place >= 0:
        return int(slots[slot, START]) + place
    if rows - slots[slot, SORTED] >= TAIL:
        put_in_order(t, region, slots, slot)
    place, size = slots[slot, USED], t[t[T_WORDS] + group]
    put_index(region, rows, key, place)
    first = t[T_BLANK] + t[t[T_RUN] + RUN_WIDE * t[t[T_RUN_FROM] + group] + RUN_BLANK]
    region[place : place + size] = t[first : first + size]
    slots[slot, USED] += size
    slots[slot, ROWS] += 1
    return int(slots[slot, START]) + int(place)


@compiled
def ask_far(slots: Integers, envelope: Integers, cells: Integers, i: int) -> None:
    """Ask for what fact i says and for its player's slot."""
    given = address_of(cells)
    for column in range(0, cells.shape[1], LINE):
        ask_for(given, i * cells.shape[1] + column)
    if envelope[i, 0] >= 0:
        ask_for(address_of(slots), SLOT_WIDE * envelope[i, 0])


@compiled
def update(  # noqa: PLR0913, PLR0917, C901 - kernels take arrays, not objects
    t: Integers, c: Integers, words: Integers, slots: Integers, meta: Integers, hints: Integers,
    envelope: Integers, cells: Integers, order: Integers, first: int,
) -> int:  # fmt: skip
    """Fold facts in the order given, from its place `first` on.

    `hints` is room for the slot, key and place used last, per group.

    `envelope` has a row per fact: slot, fact, occurred, recorded, id high, id low, offset. `order`
    puts the facts of one slot together, each slot's in log order. Returns the place the arena ran
    full at, or their number.
    """
    t, c, words, slots = borrowed(t), borrowed(c), borrowed(words), borrowed(slots)
    envelope, cells, order = borrowed(envelope), borrowed(cells), borrowed(order)
    hints = borrowed(hints)
    hints[:, 0], asked = -1, np.int64(-1)
    for place in range(first, len(order)):
        if place + FAR < len(order):
            ask_far(slots, envelope, cells, order[place + FAR])
        if place + NEAR < len(order):
            near = envelope[order[place + NEAR], 0]
            if near >= 0 and near != asked:
                ask_for_state(words, slots, near)
                asked = near
        i = order[place]
        slot, number, offset = envelope[i, 0], envelope[i, 1], envelope[i, 6]
        if number == NOT_A_PLAYER or (offset >= 0 and offset <= slots[slot, OFFSET]):
            continue
        if number >= 0:
            need = c[c[C_NEED] + number]
            if slots[slot, USED] + 2 * slots[slot, ROWS] + need > slots[slot, ROOM]:
                hints[:, 0] = -1
                if not reserve(t, words, slots, slot, need, meta):
                    return place
            occurred = envelope[i, 2]
            for n in range(t[t[T_FEED_FROM] + number], t[t[T_FEED_FROM] + number + 1]):
                feed = c[C_FEED] + FEED_WIDE * n
                owner, group = c[feed + F_OWNER], c[feed + F_GROUP]
                if owner != ANYWAY and not holds(t, owner, occurred, cells, i):
                    continue
                key = (np.int64(group) << GROUP) | (occurred // c[feed + F_HOP])
                if hints[group, 0] != slot or hints[group, 1] != key:
                    hints[group, 2] = added_row(t, words, slots, slot, key)
                    hints[group, 0], hints[group, 1] = slot, key
                carry_out(t, c, feed, words, hints[group, 2], envelope, cells, i)
        slots[slot, NEWEST] = max(slots[slot, NEWEST], envelope[i, 3])
        slots[slot, OFFSET] = max(slots[slot, OFFSET], offset)
    return len(order)
