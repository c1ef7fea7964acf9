"""What a player's state holds, compiled from the views. Way: features/views -> here -> tables.

Facts of one kind fill one *group* of state columns, shared by every view that reads them: a fold
over several kinds of facts is the merge of one column of each. A group's rows are tiles of time; a
fact is in exactly one row. Young facts lie in tiles as narrow as the finest hop needs; once no
window with that hop can reach a tile any more, it is merged into the next wider one, and at last
into the one of the whole life. Merging loses nothing: every window's tail lies on a tile's edge.

A session view has a group of its own, whose tiles are as wide as its gap and never merged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Literal

from core.errors import DeclarationError
from core.events.registry import facts as contract
from features.columns import columns_of
from features.measures import BITS, Distinct, Measure, Where, Window
from features.pit import operands
from features.spec import FeatureView, SessionView, SharedIdentityView, View
from features.state.inputs import Input, Kind, Link

FORMAT = 2
"""Version of the packed bytes; part of every generation."""
MICROS = 1_000_000
CLOCK = {"utc_day": -1, "utc_weekday": -2, "utc_hour": -3}
"""Columns made of the instant: no input, a negative place."""
NO_VALUE = -9
Make = Literal[
    "count", "sum", "sum_sq", "max", "min", "bit", "first_at", "last_at", "first", "last"
]
_MAKE: dict[str, Make] = {
    "count": "count", "sum": "sum", "sum_sq": "sum_sq", "max": "max", "min": "min",
    "distinct": "bit", "since_first": "first_at", "since_last": "last_at", "first": "first",
    "last": "last",
}  # fmt: skip
NOT_A_PLAYER, UNREAD = -2, -1


@dataclass(frozen=True, slots=True)
class Column:
    """One state column of a group: which facts it takes and how they are folded.

    A `bit` column is lane `lane` of a bitmap of `lanes` lanes.
    """

    make: Make
    column: str
    where: tuple[Where, ...]
    lane: int = 0
    lanes: int = 1

    @property
    def words(self) -> int:
        """Eight-byte words it takes: first and last carry instant, id (two) and value."""
        return 4 if self.make in ("first", "last") else 1


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that share rows. `windows` are all that read any of them, shortest first."""

    name: str
    columns: tuple[Column, ...]
    windows: tuple[Window, ...]
    needs: tuple[tuple[Window, ...], ...]  # per column, the windows that read it
    tile_s: int = 0  # a session group's one width; 0: by the windows' hops

    @property
    def hops_s(self) -> tuple[int, ...]:
        """Widths of its tiles, narrowest first; the whole life comes after them."""
        if self.tile_s:
            return (self.tile_s,)
        return tuple(sorted({w.hop_s for w in self.windows if w.length_s is not None}))

    @property
    def words(self) -> int:
        """Words of a row without its key."""
        return sum(column.words for column in self.columns)


@dataclass(frozen=True, slots=True)
class FactLayout:
    """One kind of fact: its number, the inputs it gives, the groups it fills, the keys it ties."""

    name: str
    number: int
    inputs: tuple[Input, ...]
    feeds: tuple[tuple[int, tuple[Where, ...]], ...]  # group number, conditions of the whole group
    links: tuple[Link, ...]


@dataclass(frozen=True, eq=False)
class StateLayout:
    """All that decides the bytes of a state; equal layouts have equal generations."""

    views: tuple[View, ...]
    groups: tuple[Group, ...]
    facts: dict[str, FactLayout]

    @property
    def width(self) -> int:
        """Most inputs any fact gives; never 0."""
        return max([1, *(len(fact.inputs) for fact in self.facts.values())])

    @cached_property
    def generation(self) -> str:
        """Short hash of the layout: states of one generation read each other's bytes."""
        text = repr((FORMAT, self.groups, sorted(self.facts.items())))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """Every feature the state gives, in the views' order; shared identities are not in it."""
        return tuple(
            feature.name
            for view in self.views
            if not isinstance(view, SharedIdentityView)
            for feature in view.features
        )

    def number_of(self, fact: str) -> int:
        """Return a fact's number; UNREAD if no view reads it, NOT_A_PLAYER if it is of a table."""
        if fact in self.facts:
            return self.facts[fact].number
        return NOT_A_PLAYER if contract()[fact].family == "live" else UNREAD


@cache
def layout_of(views: tuple[View, ...]) -> StateLayout:
    """Compile views.

    Raises:
        DeclarationError: the hops of a fact's windows do not divide one another.
    """
    names = sorted({source for view in views for source in view.sources})
    groups = [group for name in names if (group := _fact_group(name, views)) is not None]
    place = {group.name: number for number, group in enumerate(groups)}
    sessions = [view for view in views if isinstance(view, SessionView)]
    for view in sessions:
        place[view.name] = len(groups)
        groups.append(_session_group(view))
    for group in groups:
        _refuse_crossing_hops(group)
    facts = {
        name: _fact_layout(number, name, views, place, groups) for number, name in enumerate(names)
    }
    return StateLayout(views, tuple(groups), facts)


def column_in(view: FeatureView, measure: Measure, fact: str) -> tuple[Column, ...]:
    """Return the columns one kind of fact gives a measure; none if it can add nothing to it."""
    where = conditions_on(fact, (*view.where, *measure.where))
    if where is None or (measure.column and not _has(fact, measure.column)):
        return ()
    make = _MAKE[measure.op]
    if isinstance(measure, Distinct):
        lanes = range(measure.lanes)
        return tuple(Column(make, measure.column, where, lane, measure.lanes) for lane in lanes)
    return (Column(make, measure.column, where),)


def conditions_on(fact: str, where: tuple[Where, ...]) -> tuple[Where, ...] | None:
    """Return what is left to check of conditions on one kind of fact; null if it never holds."""
    left = []
    for condition in where:
        if condition.column == "fact":
            if fact not in condition.values:
                return None
        elif not _has(fact, condition.column):
            return None  # the column is null for this fact, and null is never one of the values
        else:
            left.append(condition)
    return tuple(sorted(set(left), key=repr))


def folds(view: FeatureView) -> Iterator[tuple[Measure, Window]]:
    """Yield every fold of a view with the window it is read in."""
    for feature in view.features:
        for measure in operands(feature):
            for window in feature.windows:
                yield measure, window


def _has(fact: str, column: str) -> bool:
    return column in CLOCK or column in columns_of(fact)


def _fact_group(name: str, views: Sequence[View]) -> Group | None:
    needs: dict[Column, set[Window]] = {}
    for view in views:
        if isinstance(view, FeatureView) and name in view.sources:
            for measure, window in folds(view):
                for column in column_in(view, measure, name):
                    needs.setdefault(column, set()).add(window)
    if not needs:
        return None
    columns = tuple(sorted(needs, key=repr))
    every = set().union(*needs.values())
    return Group(name, columns, _ordered(every), tuple(_ordered(needs[c]) for c in columns))


def _session_group(view: SessionView) -> Group:
    columns = (Column("first_at", "", ()), Column("last_at", "", ()))
    windows = _ordered(view.windows)
    return Group(view.name, columns, windows, (windows, windows), tile_s=view.gap_s)


def _ordered(windows: Iterable[Window]) -> tuple[Window, ...]:
    return tuple(sorted(windows, key=lambda w: (w.length_s is None, w.length_s or 0, w.hop_s)))


def _refuse_crossing_hops(group: Group) -> None:
    hops = group.hops_s
    for fine, coarse in pairwise(hops):
        if coarse % fine:
            raise DeclarationError(
                f"windows of {group.name} move in hops of {fine} s and {coarse} s",
                expected="hops that divide one another, so that narrow tiles fill wide ones",
                hint="give the window a hop out of features.measures",
            )


def _fact_layout(
    number: int, name: str, views: Sequence[View], place: dict[str, int], groups: Sequence[Group]
) -> FactLayout:  # fmt: skip
    feeds: list[tuple[int, tuple[Where, ...]]] = [(place[name], ())] if name in place else []
    for view in views:
        if isinstance(view, SessionView) and name in view.sources:
            where = conditions_on(name, view.where)
            if where is not None:
                feeds.append((place[view.name], where))
    links = tuple(
        Link(view.name, column)
        for view in views
        if isinstance(view, SharedIdentityView)
        for fact, column in view.links
        if fact == name
    )
    return FactLayout(name, number, _inputs(name, feeds, groups), tuple(feeds), links)


def _inputs(
    fact: str, feeds: Sequence[tuple[int, tuple[Where, ...]]], groups: Sequence[Group]
) -> tuple[Input, ...]:
    types, words = columns_of(fact), dict[str, set[str]]()
    found: set[tuple[str, Kind]] = set()
    for group, where in feeds:
        for column in groups[group].columns:
            if column.column and column.column not in CLOCK:
                kind: Kind = "bucket" if types[column.column] == "VARCHAR" else "integer"
                found.add((column.column, kind))
        for condition in (*where, *(w for c in groups[group].columns for w in c.where)):
            if condition.column not in CLOCK:
                found.add((condition.column, _condition_kind(types[condition.column])))
                words.setdefault(condition.column, set()).update(map(str, condition.values))
    return tuple(
        Input(column, kind, tuple(sorted(words[column])) if kind == "code" else ())
        for column, kind in sorted(found)
    )


def _condition_kind(sql_type: str) -> Kind:
    if sql_type == "VARCHAR":
        return "code"
    return "flag" if sql_type == "BOOLEAN" else "integer"


def bitmap_size(column: Column) -> int:
    """Return the number of buckets of a bit column's whole bitmap."""
    return BITS * column.lanes
