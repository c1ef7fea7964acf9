"""A layout as plain lists, and features off dictionaries of tiles. Way: layout -> here.

The second half says what the dictionaries' state means, so that the speeds compared are those of
equal answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchmarks.stream_dictionaries import HIGHEST, NULL, Row, Tiles
from features.measures import Measure, Where, Window
from features.spec import Feature, FeatureView
from features.state.layout import (
    CLOCK,
    MICROS,
    Column,
    FactLayout,
    Group,
    StateLayout,
    bitmap_size,
    column_in,
)  # fmt: skip

_BLANK = {"max": NULL, "last_at": NULL, "min": HIGHEST, "first_at": HIGHEST, "first": None,
          "last": None}  # fmt: skip


def plan_of(layout: StateLayout, *, every_hop: bool = False) -> dict[str, Any]:
    """Return all `Dictionaries` must know, fit for JSON.

    Tiles are as narrow as the finest hop asks, as our engine's are until it merges them; with
    `every_hop` a fact goes into a tile of every hop and into the whole life, so that nothing need
    ever be merged.
    """
    of_group = {number: fact for fact in layout.facts.values() for number, _ in fact.feeds}
    return {
        "groups": [
            _group(group, of_group[n], every_hop=every_hop) for n, group in enumerate(layout.groups)
        ],
        "facts": {
            fact.number: [
                {"group": number, "where": _where(where, fact)} for number, where in fact.feeds
            ]
            for fact in layout.facts.values()
        },
    }


def _group(group: Group, fact: FactLayout, *, every_hop: bool) -> dict[str, Any]:
    columns = [
        {
            "make": column.make,
            "at": at,
            "source": _source(column.column, fact, text="bucket") if column.column else None,
            "where": _where(column.where, fact),
            "size": bitmap_size(column),
        }
        for at, column in enumerate(group.columns)
        if not column.lane  # a Python integer holds all lanes of a bitmap
    ]
    blank = [_BLANK.get(column.make, 0) for column in group.columns]
    hops = [hop * MICROS for hop in group.hops_s]
    if not hops or (every_hop and any(w.length_s is None for w in group.windows)):
        hops.append(HIGHEST)
    return {"hops_us": hops if every_hop else hops[:1], "blank": blank, "columns": columns}


def _where(where: tuple[Where, ...], fact: FactLayout) -> list[list[Any]]:
    return [
        [_source(w.column, fact, text="code"), [_cell(value, w.column, fact) for value in w.values]]
        for w in where
    ]


def _source(column: str, fact: FactLayout, text: str) -> int:
    if column in CLOCK:
        return CLOCK[column]
    other = {"bucket": "code", "code": "bucket"}[text]
    return next(
        place for place, i in enumerate(fact.inputs) if i.column == column and i.kind != other
    )


def _cell(value: object, column: str, fact: FactLayout) -> int:
    if column in CLOCK:
        return int(str(value))
    return fact.inputs[_source(column, fact, text="code")].encode(value)


def measured(layout: StateLayout, tiles: Tiles, now_us: int) -> dict[str, int | None]:
    """Return every feature that is one fold in one window, by name."""
    found = {}
    for view in layout.views:
        if isinstance(view, FeatureView):
            for feature in view.features:
                if isinstance(feature.what, Measure):
                    found[feature.name] = _value(_held(layout, view, feature, tiles, now_us),
                                                 feature.what.op, now_us)  # fmt: skip
    return found


def _held(
    layout: StateLayout, view: FeatureView, feature: Feature, tiles: Tiles, now_us: int
) -> list[Any]:
    """Return what the tiles inside the window hold of a feature's fold."""
    window, held = feature.windows[0], []
    places = dict(_places(layout, view, feature))
    for (level, tile), row in tiles.items():
        number = level // 100
        if number in places and _inside(layout.groups[number], tile, window, now_us):
            held.append(row[places[number]])
    return held


def _places(layout: StateLayout, view: FeatureView, feature: Feature) -> Iterator[tuple[int, int]]:
    groups = {group.name: number for number, group in enumerate(layout.groups)}
    for fact in view.sources:
        columns: tuple[Column, ...] = column_in(view, feature.what, fact)  # type: ignore[arg-type]
        if columns:
            yield groups[fact], layout.groups[groups[fact]].columns.index(columns[0])


def _inside(group: Group, tile: int, window: Window, now_us: int) -> bool:
    if window.length_s is None:
        return True
    hop = window.hop_s * MICROS
    first = (now_us - window.length_s * MICROS) // hop * hop
    return tile * group.hops_s[0] * MICROS >= first


def _value(held: Row, op: str, now_us: int) -> int | None:
    if op in ("count", "sum", "sum_sq"):
        return sum(held)
    if op == "distinct":
        bits = 0
        for part in held:
            bits |= part
        return bits.bit_count()
    seen = [value for value in held if value not in (NULL, HIGHEST, None)]
    if not seen:
        return None
    chosen = _CHOOSE[op](seen)
    if op.startswith("since"):
        return (now_us - int(chosen)) // MICROS
    return int(chosen[3] if op in ("first", "last") else chosen)


_CHOOSE: Mapping[str, Callable[[list[Any]], Any]] = {
    "max": max, "min": min, "first": min, "last": max, "since_first": min, "since_last": max,
}  # fmt: skip
