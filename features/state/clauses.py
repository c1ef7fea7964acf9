"""What each kind of fact does to a row, as a list of operations. Way: layout -> here -> updating.

A fact's columns are sorted by their conditions: operations done always; those done when one column
holds a certain value, found by that value (a *switch*); those with several conditions (*guarded*).
So every condition is looked at once a fact, however many columns have it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np

from features.measures import BITS
from features.state.flat import Integers, flattened
from features.state.layout import NO_VALUE, StateLayout
from features.state.tables import (
    ADD,
    ADD_SQUARE,
    BIT,
    COUNT,
    INSTANT,
    MAX,
    MIN,
    TAKE,
    Tables,
    sections_of,
)  # fmt: skip

(C_NEED, C_FEED, C_CODE, C_PLACES) = range(0, 8, 2)
(F_GROUP, F_HOP, F_OWNER, F_START, F_END) = range(5)  # words of a feed
FEED_WIDE = 5
ANYWAY = -1  # the owner of no condition
(DO_COUNT, DO_COUNT_OF, DO_ADD, DO_SQUARE, DO_MAX, DO_MIN, DO_BIT, DO_FIRST_AT, DO_LAST_AT,
 DO_PICK, DO_SWITCH, DO_GUARDED) = range(12)  # fmt: skip
WIDE = 5
"""Words of an operation: what, source, place in the row, two more. That of a switch: source, place
of the first value's range, lowest value, values; of a guard: owner of its conditions, a range."""
WHOLE = -1  # an operation on all lanes of a bitmap
WIDEST_SWITCH = 512
_HIGHEST = 2**63 - 1


class Clauses(NamedTuple):
    """The sections, named by the constants C_*; ranges of operations are (from, to) in words."""

    need: Integers  # per fact, words all its rows take if they are new, with their index
    feed: Integers  # per feed: group, its narrowest tile, owner of its conditions, a range
    code: Integers  # operations
    places: Integers  # a range per value of a switch


class _Writer:
    """Collects operations; columns given together become a range of them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.operations: list[tuple[int, ...]] = []

    def range_of(self, columns: Iterable[int]) -> tuple[int, int]:
        """Write the operations of columns of one group, alike beside alike; return their range."""
        start, t = len(self.operations), self.tables
        bitmaps: dict[tuple[int, int], list[int]] = {}
        found = []
        for column in columns:
            if t.make[column] == BIT:
                of = int(t.source[column]), int(t.size[column])
                bitmaps.setdefault(of, []).append(column)
            else:
                found.append(self._plain(column))
        for (source, size), lanes in bitmaps.items():
            found += self._bitmap(source, size, sorted(lanes, key=lambda c: int(t.lane[c])))
        self.operations += sorted(found)
        return WIDE * start, WIDE * len(self.operations)

    def _plain(self, column: int) -> tuple[int, ...]:
        t = self.tables
        make, merge, source = int(t.make[column]), int(t.merge[column]), int(t.source[column])
        if make == COUNT:
            what = DO_COUNT if source == NO_VALUE else DO_COUNT_OF
        elif make == TAKE:
            what = DO_MAX if merge == MAX else DO_MIN
        elif make == INSTANT:
            what = DO_FIRST_AT if merge == MIN else DO_LAST_AT
        else:
            what = {ADD: DO_ADD, ADD_SQUARE: DO_SQUARE}.get(make, DO_PICK)
        return (what, source, int(t.word[column]), merge, 0)

    def _bitmap(self, source: int, size: int, columns: list[int]) -> list[tuple[int, ...]]:
        """Return one operation for a whole bitmap if its lanes stand together, else one a lane."""
        words = [int(self.tables.word[column]) for column in columns]
        if words == list(range(words[0], words[0] + size // BITS)):
            return [(DO_BIT, source, words[0], size, WHOLE)]
        lanes = [int(self.tables.lane[column]) for column in columns]
        return [(DO_BIT, source, at, size, n) for at, n in zip(words, lanes, strict=True)]


@cache
def clauses_of(layout: StateLayout) -> Integers:
    """Return a layout's operations as one array."""
    return flattened(_sections(layout))


def _sections(layout: StateLayout) -> Clauses:
    t = sections_of(layout)
    made, places = _Writer(t), list[int]()
    feeds = [
        (group, _hop(t, group), _owner(t, owner), *_code(t, group, made, places))
        for group, owner in zip(t.feed_group.tolist(), t.feed_owner.tolist(), strict=True)
    ]
    return Clauses(
        need=_flat(_need(t, fact) for fact in range(len(t.feed_from) - 1)),
        feed=_flat(word for feed in feeds for word in feed),
        code=_flat(word for operation in made.operations for word in operation),
        places=_flat(places),
    )


def _code(t: Tables, group: int, made: _Writer, places: list[int]) -> tuple[int, int]:
    """Write a feed's operations: those done always, then switches, then guarded ones."""
    columns = range(int(t.column_from[group]), int(t.column_from[group + 1]))
    plain, by_value, rest = _sorted_out(t, columns)
    closing: list[tuple[int, ...]] = []
    for source, columns_of in by_value.items():
        low, count = min(columns_of), max(columns_of) - min(columns_of) + 1
        closing.append((DO_SWITCH, source, len(places), low, count))
        for value in range(low, low + count):
            places += made.range_of(columns_of.get(value, []))
    closing += [(DO_GUARDED, column, *made.range_of([column]), 0) for column in rest]
    start, _ = made.range_of(plain)
    made.operations += closing
    return start, WIDE * len(made.operations)


def _sorted_out(
    t: Tables, columns: Iterable[int]
) -> tuple[list[int], dict[int, dict[int, list[int]]], list[int]]:
    """Return columns without a condition, by source and value, and the rest."""
    always: list[int] = []
    by_value: dict[int, dict[int, list[int]]] = {}
    rest: list[int] = []
    for column in columns:
        conditions = range(int(t.condition_from[column]), int(t.condition_from[column + 1]))
        values = [_values(t, condition) for condition in conditions]
        if not values:
            always.append(column)
        elif len(values) == 1 and min(values[0]) >= 0 and max(values[0]) < WIDEST_SWITCH:
            of = by_value.setdefault(int(t.condition_source[conditions[0]]), {})
            for value in values[0]:
                of.setdefault(value, []).append(column)
        else:
            rest.append(column)
    return always, by_value, rest


def _values(t: Tables, condition: int) -> set[int]:
    start, end = t.value_from[condition], t.value_from[condition + 1]
    return set(t.value[start:end].tolist())


def _need(t: Tables, fact: int) -> int:
    groups = t.feed_group[t.feed_from[fact] : t.feed_from[fact + 1]]
    return int((2 + t.words[groups]).sum())


def _owner(t: Tables, owner: int) -> int:
    return ANYWAY if t.condition_from[owner] == t.condition_from[owner + 1] else owner


def _hop(t: Tables, group: int) -> int:
    level = int(t.level_from[group])
    return _HIGHEST if level == t.level_from[group + 1] else int(t.hop[level])


def _flat(values: Iterable[int]) -> Integers:
    return np.array(list(values), dtype=np.int64)
