"""The arithmetic of a state: fold facts in, merge tiles, pack, unpack. Way: engine, reader call it.

A state in memory is a *region* of 64-bit words. Its rows stand at the front, one after the other,
each the columns of one group; its index grows from the back: two words a row, the row's key and
where it begins. So a row is found by reading keys alone. A key is group << 52 | level << 48 | tile:
in order of keys rows stand by group, then from narrow tiles to wide ones, then by time. The level
after a group's last hop is the whole life. A settled region has its rows in that order.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.state.compiling import compiled
from features.state.flat import Integers
from features.state.inputs import NULL
from features.state.memory import address_of, ask_for
from features.state.tables import (
    FIRST,
    LAST,
    MAX,
    MIN,
    OR,
    SUM,
    T_COLUMN_FROM,
    T_HOP,
    T_LAST_LEVEL,
    T_LEVEL_FROM,
    T_LIFE,
    T_LONGEST,
    T_MERGE,
    T_REACH_FROM,
    T_REACH_HOP,
    T_REACH_LENGTH,
    T_WORD,
    T_WORDS,
)

Bytes = npt.NDArray[np.uint8]
HIGHEST = 2**63 - 1
DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000
GROUP, LEVEL, TILE = 52, 48, (1 << 48) - 1
GONE = -1
SIZES = 44  # size classes of regions, far beyond any arena
LARGE = 512  # words from which a growing state is settled before it is moved
START, ROOM, USED, ROWS, NEWEST, OFFSET, SORTED, UNTIL = range(8)  # columns of the slots' table
TAIL = 32  # rows out of order after which the index is put in order
LINE, AHEAD = 8, 512  # words of a line of the cache; how many are asked for ahead of their use
SLOT_WIDE = 8
FEW = 6  # so few rows are put in order one by one


@compiled
def identity(merge: int) -> int:
    """Return what a column holds before any fact."""
    if merge in (MIN, FIRST):
        return HIGHEST
    if merge in (MAX, LAST):
        return NULL
    return 0


@compiled
def is_lower(high: int, low: int, other_high: int, other_low: int) -> bool:
    """Say whether one 128-bit id is below another, both as unsigned halves in signed words."""
    if high != other_high:
        return (high ^ NULL) < (other_high ^ NULL)
    return (low ^ NULL) < (other_low ^ NULL)


@compiled
def fold_in(merge: int, into: Integers, at: int, of: Integers, place: int) -> None:
    """Merge a column's words at `of[place:]` into those at `into[at:]`."""
    value = of[place]
    if merge == SUM:
        into[at] += value
    elif merge == MAX:
        into[at] = max(into[at], value)
    elif merge == MIN:
        into[at] = min(into[at], value)
    elif merge == OR:
        into[at] |= value
    else:
        if value == identity(merge):
            return
        held = into[at]
        below = value < held or (
            value == held and is_lower(of[place + 1], of[place + 2], into[at + 1], into[at + 2])
        )
        same = value == held and of[place + 1] == into[at + 1] and of[place + 2] == into[at + 2]
        if (merge == FIRST and below) or (merge == LAST and not below and not same):
            for word in range(4):
                into[at + word] = of[place + word]


@compiled
def key_at(region: Integers, row: int) -> int:
    """Return the key of a region's n-th row."""
    return region[len(region) - 2 - 2 * row]


@compiled
def place_at(region: Integers, row: int) -> int:
    """Return where a region's n-th row begins."""
    return region[len(region) - 1 - 2 * row]


@compiled
def put_index(region: Integers, row: int, key: int, place: int) -> None:
    """Write the n-th entry of a region's index."""
    region[len(region) - 2 - 2 * row] = key
    region[len(region) - 1 - 2 * row] = place


@compiled
def found_row(region: Integers, ordered: int, rows: int, key: int) -> int:
    """Return where a key's row begins, or -1; the first `ordered` keys are in order."""
    for row in range(rows - 1, ordered - 1, -1):  # what was added last is asked for first
        if key_at(region, row) == key:
            return place_at(region, row)
    low, high = 0, ordered
    while low < high:
        middle = (low + high) >> 1
        if key_at(region, middle) < key:
            low = middle + 1
        else:
            high = middle
    if low < ordered and key_at(region, low) == key:
        return place_at(region, low)
    return -1


@compiled
def order_index(region: Integers, ordered: int, rows: int) -> None:
    """Put the keys after the first `ordered` among those: they are sorted, then merged in."""
    if rows - ordered <= FEW:
        for row in range(ordered, rows):
            key, place, into = key_at(region, row), place_at(region, row), row
            while into > 0 and key_at(region, into - 1) > key:
                put_index(region, into, key_at(region, into - 1), place_at(region, into - 1))
                into -= 1
            put_index(region, into, key, place)
        return
    keys, places = np.empty(rows - ordered, np.int64), np.empty(rows - ordered, np.int64)
    for row in range(ordered, rows):
        key, slot = key_at(region, row), row - ordered
        while slot > 0 and keys[slot - 1] > key:
            keys[slot], places[slot] = keys[slot - 1], places[slot - 1]
            slot -= 1
        keys[slot], places[slot] = key, place_at(region, row)
    left, into = ordered - 1, rows - 1
    for slot in range(rows - ordered - 1, -1, -1):
        while left >= 0 and key_at(region, left) > keys[slot]:
            put_index(region, into, key_at(region, left), place_at(region, left))
            left, into = left - 1, into - 1
        put_index(region, into, keys[slot], places[slot])
        into -= 1


@compiled
def tail(length: int, hop: int, now: int) -> int:
    """Return the first instant of a window."""
    return (now - length) // hop * hop


@compiled
def settled_key(t: Integers, key: int, newest: int) -> int:
    """Return the key of the widest tile that may hold a row from now on; GONE if none needs it.

    A tile may be merged into the next wider one once that lies wholly before the tails of all
    windows whose hop the wider tile would blur; no later question can reach it.
    """
    group, level, tile = key >> GROUP, (key >> LEVEL) & 15, key & TILE
    first = t[t[T_LEVEL_FROM] + group]
    count = t[t[T_LEVEL_FROM] + group + 1] - first
    while level < count:
        hop, wide = t[t[T_HOP] + first + level], tile
        end = (tile + 1) * hop
        if level + 1 < count:
            wide = tile * hop // t[t[T_HOP] + first + level + 1]
            end = (wide + 1) * t[t[T_HOP] + first + level + 1]
        if end > newest - t[t[T_LONGEST] + first + level]:  # spares the divisions below
            return (np.int64(group) << GROUP) | (np.int64(level) << LEVEL) | tile
        for window in range(
            t[t[T_REACH_FROM] + first + level], t[t[T_REACH_FROM] + first + level + 1]
        ):
            if end > tail(t[t[T_REACH_LENGTH] + window], t[t[T_REACH_HOP] + window], newest):
                return (np.int64(group) << GROUP) | (np.int64(level) << LEVEL) | tile
        level, tile = level + 1, wide
    if t[t[T_LIFE] + group] == 0:
        return GONE
    return (np.int64(group) << GROUP) | (np.int64(count) << LEVEL)


@compiled
def keep_needed(t: Integers, words: Integers, row: int, key: int) -> bool:
    """Blank the columns no window reads at the level moved to; return whether any is left."""
    group, level = key >> GROUP, (key >> LEVEL) & 15
    left = False
    for column in range(t[t[T_COLUMN_FROM] + group], t[t[T_COLUMN_FROM] + group + 1]):
        at = row + t[t[T_WORD] + column]
        if t[t[T_LAST_LEVEL] + column] < level:
            words[at] = identity(t[t[T_MERGE] + column])
            if t[t[T_MERGE] + column] >= FIRST:
                words[at + 1] = words[at + 2] = words[at + 3] = 0
        left = left or words[at] != identity(t[t[T_MERGE] + column])
    return left


@compiled
def is_settled(t: Integers, region: Integers, rows: int, newest: int) -> bool:
    """Say whether rows are in order and none is to be merged or dropped."""
    for row in range(rows):
        key = key_at(region, row)
        if row > 0 and key_at(region, row - 1) >= key:
            return False
        if settled_key(t, key, newest) != key:
            return False
    return True


@compiled
def settle(t: Integers, region: Integers, used: int, rows: int, newest: int) -> tuple[int, int]:
    """Merge what may be merged, drop what is past, sort the rows; return words and rows left.

    What comes out depends on the facts and on `newest` alone, never on their order.
    """
    if is_settled(t, region, rows, newest):
        return used, rows
    kept = 0
    keys, places = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    for row in range(rows):
        old, place = key_at(region, row), place_at(region, row)
        key = settled_key(t, old, newest)
        if key == GONE or (key != old and not keep_needed(t, region, place, key)):
            continue
        slot = kept
        while slot > 0 and keys[slot - 1] > key:
            keys[slot], places[slot] = keys[slot - 1], places[slot - 1]
            slot -= 1
        keys[slot], places[slot] = key, place
        kept += 1
    out = np.empty(used, dtype=np.int64)
    end, rows, begun = 0, 0, 0
    for slot in range(kept):
        group, place = keys[slot] >> GROUP, places[slot]
        if rows == 0 or key_at(region, rows - 1) != keys[slot]:
            begun, end = end, end + t[t[T_WORDS] + group]
            out[begun:end] = region[place : place + end - begun]
            put_index(region, rows, keys[slot], begun)
            rows += 1
        else:
            for column in range(t[t[T_COLUMN_FROM] + group], t[t[T_COLUMN_FROM] + group + 1]):
                at = t[t[T_WORD] + column]
                fold_in(t[t[T_MERGE] + column], out, begun + at, region, place + at)
    region[:end] = out[:end]
    return end, rows


@compiled
def region_of(words: Integers, slots: Integers, slot: int) -> Integers:
    """Return the words of a slot's region."""
    return words[slots[slot, START] : slots[slot, START] + slots[slot, ROOM]]


@compiled
def kept_until(t: Integers, key: int) -> int:
    """Return an instant before which a row is neither merged nor dropped."""
    group, level, tile = key >> GROUP, (key >> LEVEL) & 15, key & TILE
    first = t[t[T_LEVEL_FROM] + group]
    count = t[t[T_LEVEL_FROM] + group + 1] - first
    if level >= count:
        return HIGHEST
    end = (tile + 1) * t[t[T_HOP] + first + level]
    if level + 1 < count:
        wide = t[t[T_HOP] + first + level + 1]
        end = ((end - 1) // wide + 1) * wide
    return int(end + t[t[T_LONGEST] + first + level])


@compiled
def put_in_order(t: Integers, region: Integers, slots: Integers, slot: int) -> None:
    """Put new rows of a slot in order and note how long they are kept as they are."""
    rows, ordered, until = slots[slot, ROWS], slots[slot, SORTED], slots[slot, UNTIL]
    if ordered < rows:
        for row in range(ordered, rows):
            until = min(until, kept_until(t, key_at(region, row)))
        order_index(region, ordered, rows)
        slots[slot, SORTED], slots[slot, UNTIL] = rows, until


@compiled
def settle_slot(t: Integers, words: Integers, slots: Integers, slot: int) -> None:
    """Settle the region of a slot; mostly there are but a few new rows to put in order."""
    region = region_of(words, slots, slot)
    put_in_order(t, region, slots, slot)
    if slots[slot, NEWEST] < slots[slot, UNTIL]:
        return
    used, rows = settle(t, region, slots[slot, USED], slots[slot, ROWS], slots[slot, NEWEST])
    until = np.int64(HIGHEST)
    for row in range(rows):
        until = min(until, kept_until(t, key_at(region, row)))
    slots[slot, USED], slots[slot, ROWS] = used, rows
    slots[slot, SORTED], slots[slot, UNTIL] = rows, until


@compiled
def ask_for_state(words: Integers, slots: Integers, slot: int) -> None:
    """Ask for the memory of a slot's state: its rows, and its index at the back.

    A state comes from memory a line at a time, and each line waited for takes as long as a row.
    """
    arena, start = address_of(words), slots[slot, START]
    end, index = start + slots[slot, ROOM], 2 * slots[slot, ROWS]
    for place in range(start, start + min(slots[slot, USED], AHEAD), LINE):
        ask_for(arena, place)
    for place in range(end - min(index, AHEAD), end, LINE):
        ask_for(arena, place)


@compiled
def move(words: Integers, slots: Integers, slot: int, into: Integers) -> None:
    """Copy a region's rows to the front and its index to the back of another one."""
    old = region_of(words, slots, slot)
    used, index = slots[slot, USED], 2 * slots[slot, ROWS]
    into[:used] = old[:used]
    into[len(into) - index :] = old[len(old) - index :]


@compiled
def class_room(size: int) -> int:
    """Return the words of a size class: 64, 96, 128, 192 ..."""
    return (96 if size % 2 else 64) << (size // 2)


@compiled
def allot(words: Integers, meta: Integers, need: int) -> tuple[int, int]:
    """Return where `need` words are free and how many they are; -1 if the arena is full.

    What was given back is taken first, else the arena's end (`meta[0]`). `meta[1 + c]` is the first
    free region of size class c, or -1; each free region's first word leads to the next.
    """
    size = 0
    while class_room(size) < need:
        size += 1
    start, room = meta[1 + size], class_room(size)
    if start >= 0:
        meta[1 + size] = words[start]
    elif meta[0] + room <= len(words):
        start = meta[0]
        meta[0] += room
    return start, room


@compiled
def give_back(words: Integers, meta: Integers, start: int, room: int) -> None:
    """Let a region be allotted again; one smaller than any class is lost till the next copy."""
    if room >= class_room(0):
        size = 0
        while class_room(size + 1) <= room:
            size += 1
        words[start], meta[1 + size] = meta[1 + size], start


@compiled
def reserve(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects
    t: Integers, words: Integers, slots: Integers, slot: int, need: int, meta: Integers
) -> bool:
    """Make room for `need` words more in a region; False if the arena is full.

    In a large one what is past is merged first; a small one moves to a wider region.
    """
    if slots[slot, USED] > LARGE:
        settle_slot(t, words, slots, slot)
    taken = slots[slot, USED] + 2 * slots[slot, ROWS] + need
    if taken + taken // 4 <= slots[slot, ROOM]:
        return True
    start, room = allot(words, meta, taken + taken // 4)
    if start < 0:
        return False
    move(words, slots, slot, words[start : start + room])
    give_back(words, meta, slots[slot, START], slots[slot, ROOM])
    slots[slot, START], slots[slot, ROOM] = start, room
    return True


@compiled
def compact(words: Integers, slots: Integers, into: Integers) -> int:
    """Copy every region to `into`, one after the other without gaps; return the words used."""
    end = 0
    for slot in range(len(slots)):
        room = slots[slot, USED] + 2 * slots[slot, ROWS]
        move(words, slots, slot, into[end : end + room])
        slots[slot, START], slots[slot, ROOM] = end, room
        end += room
    return end
