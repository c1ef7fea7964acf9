"""Where players stand in memory, asked for a batch at a time. Way: residents -> here -> engine.

A dictionary of strings costs half a microsecond a question once it is larger than the processor's
cache: the index, the entry, the name and the number are each fetched one after the other. Here the
names of a batch are one text, hashed and looked up by a kernel that waits for many fetches at once.
Names are compared byte by byte, so no two players are ever taken for one another.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from features.state.compiling import compiled
from features.state.facts import Integers

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
_BREAK = 10
NAME_BYTES = 47
"""A longer name (or one with a line break) has no seat and is asked for elsewhere."""
_WIDTH = NAME_BYTES + 1  # its length stands first
_NO_SEAT = 255  # in place of the length
_SMALLEST = 1 << 10
_FREE, _LEFT = (
    -1,
    -2,
)  # a left seat is passed over: names beyond it were put there while it was held


class Seats:
    """Names and their places, whole numbers from 0; a place is one name's at a time.

    Who finds no place here may have one all the same: not every name can have a seat.
    """

    def __init__(self) -> None:
        self._table: Integers = np.full(_SMALLEST, _FREE, dtype=np.int64)
        self._names: Bytes = np.zeros((0, _WIDTH), dtype=np.uint8)
        self._used = 0  # entries of the table that are not free

    def find(self, names: Sequence[str]) -> Integers:
        """Return the place of each name, -1 where it has no seat."""
        text = _text_of(names)
        places = np.full(len(names), _FREE, dtype=np.int64)
        if text is not None:
            _find(text, self._table, self._names, places)
        return places

    def put(self, names: Sequence[str], places: Integers) -> None:
        """Seat names that have no seat, as far as they can have one, at places nobody has."""
        text = _text_of(names)
        if text is None:
            rows = [row for row, name in enumerate(names) if "\n" not in name]
            names, places = [names[row] for row in rows], places[rows]
            text = _text_of(names)
        if text is not None and names:
            self._make_room(len(names), int(places.max()) + 1)
            self._used += _put(text, self._table, self._names, places)

    def leave(self, places: Integers) -> None:
        """Free places, of names with a seat and without."""
        _leave(self._table, self._names, places[places < len(self._names)])

    def _make_room(self, coming: int, places: int) -> None:
        more = places - len(self._names)
        if more > 0:
            room = ((0, max(more, len(self._names))), (0, 0))
            self._names = np.pad(self._names, room, constant_values=_NO_SEAT)
        if 2 * (self._used + coming) > len(self._table):
            held = self._table[self._table >= 0]
            size = _SMALLEST
            while size < 4 * (len(held) + coming):
                size *= 2
            self._table = np.full(size, _FREE, dtype=np.int64)
            _reseat(self._table, self._names, held)
            self._used = len(held)


def _text_of(names: Sequence[str]) -> Bytes | None:
    """Return names as one text with a break after each; null if a name has one within."""
    text = "\n".join([*names, ""])
    if text.count("\n") != len(names):
        return None
    return np.frombuffer(text.encode(), dtype=np.uint8)


@compiled
def _hash(text: Bytes, start: int, end: int) -> np.uint64:
    """FNV-1a, its bits spread over the lower half."""
    found = np.uint64(0xCBF29CE484222325)
    for i in range(start, end):
        found = (found ^ np.uint64(text[i])) * np.uint64(0x100000001B3)
    return found ^ (found >> np.uint64(29))


@compiled
def _end_of(text: Bytes, start: int) -> int:
    end = start
    while text[end] != _BREAK:
        end += 1
    return end


@compiled
def _is_at(text: Bytes, start: int, end: int, name: Bytes) -> bool:
    length, same = end - start, 0
    if name[0] != length:
        return False
    while same < length and name[1 + same] == text[start + same]:
        same += 1
    return same == length


@compiled
def _find(text: Bytes, table: Integers, names: Bytes, places: Integers) -> None:
    last, bounds = np.uint64(len(table) - 1), np.empty((len(places), 2), np.int64)
    entries = np.empty(len(places), np.uint64)
    start = 0
    for k in range(len(places)):
        end = _end_of(text, start)
        bounds[k, 0], bounds[k, 1] = start, end
        entries[k] = _hash(text, start, end) & last
        start = end + 1
    for k in range(len(places)):  # apart, so that the fetches of many names are under way
        places[k] = table[entries[k]]
    for k in range(len(places)):
        entry, place = entries[k], places[k]
        while place != _FREE and (
            place == _LEFT or not _is_at(text, bounds[k, 0], bounds[k, 1], names[place])
        ):
            entry = (entry + np.uint64(1)) & last
            place = table[entry]
        places[k] = place


@compiled
def _seat(table: Integers, key: np.uint64, place: int) -> None:
    last = np.uint64(len(table) - 1)
    entry = key & last
    while table[entry] != _FREE:
        entry = (entry + np.uint64(1)) & last
    table[entry] = place


@compiled
def _put(text: Bytes, table: Integers, names: Bytes, places: Integers) -> int:
    """Seat names; return how many could have a seat."""
    start, seated = 0, 0
    for place in places:
        end = _end_of(text, start)
        if end - start <= NAME_BYTES:
            names[place, 0] = end - start
            for i in range(end - start):
                names[place, 1 + i] = text[start + i]
            _seat(table, _hash(text, start, end), place)
            seated += 1
        start = end + 1
    return seated


@compiled
def _reseat(table: Integers, names: Bytes, places: Integers) -> None:
    for place in places:
        _seat(table, _hash(names[place], 1, 1 + names[place, 0]), place)


@compiled
def _leave(table: Integers, names: Bytes, places: Integers) -> None:
    last = np.uint64(len(table) - 1)
    for place in places:
        if names[place, 0] == _NO_SEAT:
            continue
        entry = _hash(names[place], 1, 1 + names[place, 0]) & last
        while table[entry] != place:
            entry = (entry + np.uint64(1)) & last
        table[entry], names[place, 0] = _LEFT, _NO_SEAT
