"""The same state in dictionaries, fact by fact. Way: a plan as plain lists -> here -> stream_state.

What a good program without compiled code would do: per player a dictionary of tiles, each a list
with a place per column; per kind of fact a function made once, in which conditions that compare one
column are a look-up, and columns of one sort are a loop. A fact goes into a tile of every width the
plan asks for. It needs the standard library alone, so
that other engines can run it in an environment of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

NULL = -(2**63)
HIGHEST = 2**63 - 1
DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000
UTC_DAY, UTC_WEEKDAY, UTC_HOUR = -1, -2, -3
Row = list[Any]
Tiles = dict[tuple[int, int], Row]
Cells = Sequence[int]


class Event(NamedTuple):
    """One fact, decoded: instants in microseconds, id in two halves, its inputs."""

    fact: int
    occurred: int
    id_high: int
    id_low: int
    cells: Cells


Fold = Callable[[Row, Event], None]
Feed = Callable[[Tiles, Event], None]


def feeds_of(plan: Mapping[str, Any]) -> dict[int, tuple[Feed, ...]]:
    """Return, per number of a fact, the functions that fold it into a player's tiles."""
    return {
        int(number): tuple(_feed(feed, plan["groups"][feed["group"]]) for feed in feeds)
        for number, feeds in plan["facts"].items()
    }


class Dictionaries:
    """States of players; `add` folds one fact in."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self.tiles: dict[str, Tiles] = {}
        self._feeds = feeds_of(plan)

    def add(self, player: str, event: Event) -> None:
        """Fold one fact into the tiles of its player."""
        tiles = self.tiles.get(player)
        if tiles is None:
            tiles = self.tiles[player] = {}
        for feed in self._feeds[event[0]]:
            feed(tiles, event)


def _feed(  # noqa: C901 - one closure, written out for speed
    feed: Mapping[str, Any], group: Mapping[str, Any]
) -> Feed:
    hops, blank = list(enumerate(group["hops_us"], 100 * feed["group"])), group["blank"]
    always, switches, rest = _sorted_out(group["columns"])
    conditions = _conditions(feed["where"])

    def add(tiles: Tiles, event: Event) -> None:  # noqa: C901
        if conditions and not all(of(event) in values for of, values in conditions):
            return
        for level, hop in hops:
            key = (level, event[1] // hop)
            row = tiles.get(key)
            if row is None:
                row = tiles[key] = blank.copy()
            for fold in always:
                fold(row, event)
            for of, by_value in switches:
                for fold in by_value.get(of(event), ()):
                    fold(row, event)
            for needed, folds in rest:
                if all(of(event) in values for of, values in needed):
                    for fold in folds:
                        fold(row, event)

    return add


def _sorted_out(columns: Sequence[Mapping[str, Any]]) -> tuple[Any, Any, Any]:
    """Return folds without a condition, look-ups by one column's value, folds with several."""
    always: list[Mapping[str, Any]] = []
    switches: dict[int, dict[int, list[Mapping[str, Any]]]] = {}
    rest: dict[str, list[Mapping[str, Any]]] = {}
    for column in columns:
        if not column["where"]:
            always.append(column)
        elif len(column["where"]) == 1:
            source, values = column["where"][0]
            for value in values:
                switches.setdefault(source, {}).setdefault(value, []).append(column)
        else:
            rest.setdefault(repr(column["where"]), []).append(column)
    return (
        _folds(always),
        [(_cell(s), {v: _folds(c) for v, c in by.items()}) for s, by in switches.items()],
        [(_conditions(several[0]["where"]), _folds(several)) for several in rest.values()],
    )


def _conditions(where: Sequence[Any]) -> list[tuple[Callable[[Event], int], frozenset[int]]]:
    return [(_cell(source), frozenset(values)) for source, values in where]


def _cell(source: int) -> Callable[[Event], int]:
    if source == UTC_DAY:
        return lambda event: event[1] // DAY_US
    if source == UTC_WEEKDAY:
        return lambda event: (event[1] // DAY_US + 3) % 7
    if source == UTC_HOUR:
        return lambda event: event[1] % DAY_US // HOUR_US
    return lambda event: event[4][source]


def _folds(columns: Sequence[Mapping[str, Any]]) -> tuple[Fold, ...]:
    """Return one function per sort of column, each looping over the columns of its sort."""
    by_make: dict[str, list[Mapping[str, Any]]] = {}
    for column in columns:
        by_make.setdefault(column["make"], []).append(column)
    found: list[Fold] = []
    for make, same in by_make.items():
        if make == "bit":
            found += [_bit(column) for column in same]
        elif make in ("sum", "sum_sq"):
            found.append(_sums([(c["at"], c["source"]) for c in same], square=make == "sum_sq"))
        else:
            found += [_MAKERS[make](column["at"], column["source"]) for column in same]
    return tuple(found)


def _sums(columns: Sequence[tuple[int, int]], *, square: bool) -> Fold:
    def add(row: Row, event: Event) -> None:
        cells = event[4]
        for at, source in columns:
            value = cells[source]
            if value != NULL:
                row[at] += value * value if square else value

    return add


def _bit(column: Mapping[str, Any]) -> Fold:
    at, size, source = column["at"], column["size"], column["source"]
    of = _cell(source)

    def add(row: Row, event: Event) -> None:
        value = of(event)
        if value != NULL:
            row[at] |= 1 << value % size

    return add


def _count(at: int, source: int | None) -> Fold:
    def add(row: Row, event: Event) -> None:
        if source is None or event[4][source] != NULL:
            row[at] += 1

    return add


def _greatest(at: int, source: int) -> Fold:
    def add(row: Row, event: Event) -> None:
        row[at] = max(row[at], event[4][source])  # null is below every number

    return add


def _least(at: int, source: int) -> Fold:
    def add(row: Row, event: Event) -> None:
        value = event[4][source]
        if value != NULL and value < row[at]:
            row[at] = value

    return add


def _first_at(at: int, source: int | None) -> Fold:
    def add(row: Row, event: Event) -> None:
        if event[1] < row[at] and (source is None or event[4][source] != NULL):
            row[at] = event[1]

    return add


def _last_at(at: int, source: int | None) -> Fold:
    def add(row: Row, event: Event) -> None:
        if event[1] > row[at] and (source is None or event[4][source] != NULL):
            row[at] = event[1]

    return add


def _first(at: int, source: int) -> Fold:
    def add(row: Row, event: Event) -> None:
        value = event[4][source]
        if value != NULL:
            held, given = row[at], (*event[1:4], value)
            row[at] = given if held is None or given < held else held

    return add


def _last(at: int, source: int) -> Fold:
    def add(row: Row, event: Event) -> None:
        value = event[4][source]
        if value != NULL:
            held, given = row[at], (*event[1:4], value)
            row[at] = given if held is None or given > held else held

    return add


_MAKERS: Mapping[str, Callable[[int, Any], Fold]] = {
    "count": _count, "max": _greatest, "min": _least, "first_at": _first_at, "last_at": _last_at,
    "first": _first, "last": _last,
}  # fmt: skip
