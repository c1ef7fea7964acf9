"""A layout as flat arrays, for the kernels. Way: layout -> here -> kernel.

Ranges are given as in compressed sparse rows: those of thing i are `x_from[i] : x_from[i + 1]`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from features.measures import Where, Window
from features.state.flat import Integers, flattened
from features.state.inputs import Input
from features.state.layout import (
    CLOCK,
    MICROS,
    NO_VALUE,
    Column,
    FactLayout,
    Group,
    StateLayout,
    bitmap_size,
)  # fmt: skip
from features.state.runs import runs_of

COUNT, ADD, ADD_SQUARE, TAKE, BIT, INSTANT, PICK = range(7)
SUM, MAX, MIN, OR, FIRST, LAST = range(6)
_MAKE = {"count": (COUNT, SUM), "sum": (ADD, SUM), "sum_sq": (ADD_SQUARE, SUM), "max": (TAKE, MAX),
         "min": (TAKE, MIN), "bit": (BIT, OR), "first_at": (INSTANT, MIN),
         "last_at": (INSTANT, MAX), "first": (PICK, FIRST), "last": (PICK, LAST)}  # fmt: skip


(
    T_FEED_FROM,
    T_FEED_GROUP,
    T_FEED_OWNER,
    T_COLUMN_FROM,
    T_WORDS,
    T_MAKE,
    T_MERGE,
    T_SOURCE,
    T_LANE,
    T_SIZE,
    T_WORD,
    T_LAST_LEVEL,
    T_CONDITION_FROM,
    T_CONDITION_SOURCE,
    T_VALUE_FROM,
    T_VALUE,
    T_LEVEL_FROM,
    T_HOP,
    T_REACH_FROM,
    T_REACH_LENGTH,
    T_REACH_HOP,
    T_LONGEST,
    T_LIFE,
    T_RUN_FROM,
    T_RUN,
    T_ENTRY,
    T_BLANK,
) = range(0, 54, 2)


class Tables(NamedTuple):
    """Facts, their feeds, groups, columns, conditions, levels; see `features.state.layout`."""

    feed_from: Integers  # per fact
    feed_group: Integers
    feed_owner: Integers  # per feed, who owns its conditions
    column_from: Integers  # per group
    words: Integers  # per group, words of a row without its key
    make: Integers  # per column from here
    merge: Integers
    source: Integers
    lane: Integers
    size: Integers
    word: Integers
    last_level: Integers
    condition_from: Integers  # per owner: every column, then every feed
    condition_source: Integers
    value_from: Integers  # per condition
    value: Integers
    level_from: Integers  # per group
    hop: Integers  # per level, microseconds
    reach_from: Integers  # per level
    reach_length: Integers
    reach_hop: Integers
    longest: Integers  # per level, the longest of its reaches
    life: Integers  # per group, whether a window is the whole life
    run_from: Integers  # see features.state.runs
    run: Integers
    entry: Integers
    blank: Integers


class _Rows:
    """Collects ranges of values."""

    def __init__(self) -> None:
        self.start = [0]
        self.values: list[int] = []

    def add(self, values: list[int]) -> None:
        self.values += values
        self.start.append(len(self.values))

    @property
    def ranges(self) -> Integers:
        return np.array(self.start, dtype=np.int64)

    @property
    def flat(self) -> Integers:
        return np.array(self.values, dtype=np.int64)


class _Conditions:
    """Collects conditions: per owner a range of conditions, per condition a range of values."""

    def __init__(self) -> None:
        self.owner, self.values = _Rows(), _Rows()

    def add(self, where: tuple[Where, ...], inputs: tuple[Input, ...]) -> None:
        places = []
        for condition in where:
            place, wanted = _condition_source(condition, inputs)
            places.append(place)
            self.values.add([_plain(value, wanted) for value in condition.values])
        self.owner.add(places)


@cache
def tables_of(layout: StateLayout) -> Integers:
    """Return a layout as one array; the sections' places are the constants T_*."""
    return flattened(sections_of(layout))


@cache
def sections_of(layout: StateLayout) -> Tables:
    """Return a layout as named arrays."""
    facts = sorted(layout.facts.values(), key=lambda fact: fact.number)
    feed_from = np.cumsum([0, *(len(fact.feeds) for fact in facts)])
    conditions, owners = _Conditions(), list[int]()
    owner = {g: fact for fact in facts for g, _ in fact.feeds if not layout.groups[g].tile_s}
    for number, group in enumerate(layout.groups):
        inputs = owner[number].inputs if number in owner else ()
        for column in group.columns:
            conditions.add(column.where, inputs)
    for fact in facts:
        for _, where in fact.feeds:
            conditions.add(where, fact.inputs)
            owners.append(len(conditions.owner.start) - 2)
    columns = [(c, g, n) for n, g in enumerate(layout.groups) for c in g.columns]
    return Tables(
        feed_from=feed_from.astype(np.int64),
        feed_group=_flat(group for fact in facts for group, _ in fact.feeds),
        feed_owner=_flat(owners),
        column_from=np.cumsum([0, *(len(group.columns) for group in layout.groups)]),
        words=_flat(group.words for group in layout.groups),
        make=_flat(_MAKE[c.make][0] for c, _, _ in columns),
        merge=_flat(_MAKE[c.make][1] for c, _, _ in columns),
        source=_flat(_source(c, owner.get(n)) for c, _, n in columns),
        lane=_flat(c.lane for c, _, _ in columns),
        size=_flat(bitmap_size(c) for c, _, _ in columns),
        word=_flat(place for group in layout.groups for place in _words(group)),
        last_level=_flat(level for group in layout.groups for level in _last_levels(group)),
        condition_from=conditions.owner.ranges,
        condition_source=conditions.owner.flat,
        value_from=conditions.values.ranges,
        value=conditions.values.flat,
        **_levels(layout),
        **runs_of(layout.groups, [_last_levels(group) for group in layout.groups]),
    )


def _flat(values: object) -> Integers:
    return np.array(list(values), dtype=np.int64)  # type: ignore[call-overload]


def _levels(layout: StateLayout) -> dict[str, Integers]:
    lengths, hops = _Rows(), _Rows()
    longest = []
    for group in layout.groups:
        for hop in group.hops_s:
            reached = [w for w in group.windows if w.length_s is not None]
            if not group.tile_s:
                reached = [w for w in reached if w.hop_s <= hop]
            lengths.add([(w.length_s or 0) * MICROS for w in reached])
            hops.add([w.hop_s * MICROS for w in reached])
            longest.append(max((w.length_s or 0) * MICROS for w in reached))
    return {
        "level_from": np.cumsum([0, *(len(group.hops_s) for group in layout.groups)]),
        "hop": _flat(hop * MICROS for group in layout.groups for hop in group.hops_s),
        "reach_from": lengths.ranges,
        "reach_length": lengths.flat,
        "reach_hop": hops.flat,
        "longest": _flat(longest),
        "life": _flat(any(_is_life(w) for w in group.windows) for group in layout.groups),
    }


def _last_levels(group: Group) -> list[int]:
    """Return, per column, the widest level any of its windows still reads."""
    hops = group.hops_s
    if group.tile_s:
        return [0 for _ in group.columns]
    return [
        max(len(hops) if _is_life(w) else hops.index(w.hop_s) for w in windows)
        for windows in group.needs
    ]


def _is_life(window: Window) -> bool:
    return window.length_s is None


def _words(group: Group) -> list[int]:
    return [sum(c.words for c in group.columns[:place]) for place in range(len(group.columns))]


def _source(column: Column, fact: FactLayout | None) -> int:
    if not column.column or fact is None:
        return NO_VALUE
    if column.column in CLOCK:
        return CLOCK[column.column]
    kinds = ("integer", "bucket")
    return next(
        place
        for place, given in enumerate(fact.inputs)
        if given.column == column.column and given.kind in kinds
    )


def _condition_source(condition: Where, inputs: tuple[Input, ...]) -> tuple[int, Input | None]:
    if condition.column in CLOCK:
        return CLOCK[condition.column], None
    wanted = "bucket"  # a condition never reads a bucket
    place = next(
        p for p, i in enumerate(inputs) if i.column == condition.column and i.kind != wanted
    )
    return place, inputs[place]


def _plain(value: str | int | bool, wanted: Input | None) -> int:  # noqa: FBT001 - a cell's value
    return int(value) if wanted is None else wanted.encode(value)
