"""Counts and sums of a view at many instants, without SQL's joins. Way: pit -> here -> frame.

The facts of a view are those of its SQL plan; from there on NumPy works (`features.prefix_sums`), a
stretch of players at a time, so memory is bounded by `FACTS_AT_ONCE` or the busiest player. The
values are those of the plan's SQL, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa

from features.fold_sql import states_of, value_of
from features.measures import Measure, Window
from features.pit import Plan, Step, operands, value_sql
from features.prefix_sums import PACKED_BITS, Facts, Integers, PrefixSums, Questions, bits_of
from features.spec import FeatureView, View

SUMMED = ("count", "sum", "sum_sq")
FACTS_AT_ONCE = 1_000_000
ROOM = 2**62  # a running sum below it cannot have gone round


@dataclass(frozen=True, slots=True)
class _Spine:
    """The questions in order of player and instant, and the row of the spine each stands in."""

    row: Integers
    asked: Questions


def split_sums(view: View) -> tuple[FeatureView | None, View | None]:
    """Return what of a view is made of counts and sums only, and the rest of it."""
    if not isinstance(view, FeatureView):
        return None, view
    parts = []
    for summed in (True, False):
        part = replace(
            view,
            measures=tuple(m for m in view.measures if (m.op in SUMMED) is summed),
            derived=tuple(
                d for d in view.derived if all(m.op in SUMMED for m in d.operands) is summed
            ),
        )
        parts.append(part if part.features else None)
    return parts[0], parts[1]


def sum_columns(
    connection: duckdb.DuckDBPyConnection, view: FeatureView
) -> dict[str, pa.ChunkedArray] | None:
    """Return the features of a view of counts and sums by name, in the order of the spine.

    `pit_players` and `pit_spine` must be there (`features.frame`).

    Returns:
        None where sums might leave 64 bits: SQL then gives the values or says so.
    """
    plan = Plan(view)
    facts = Step(f"{plan.result}_of_sums", plan.steps[0].select)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {facts.table} AS {facts.select}")
    try:
        if not _fits(connection, plan, facts.table):
            return None
        return _features(connection, plan, _folds(connection, plan, facts.table))
    finally:
        connection.execute(f"DROP TABLE IF EXISTS {facts.table}")


def _fits(connection: duckdb.DuckDBPyConnection, plan: Plan, table: str) -> bool:
    widest = [f"MAX(ABS({name}::HUGEINT))" for name in plan.columns.values()]
    count, *most = _first(connection, f"SELECT COUNT(*), {', '.join(widest)} FROM {table}")
    return all(count * (value or 0) < ROOM for value in most)


def _folds(connection: duckdb.DuckDBPyConnection, plan: Plan, table: str) -> dict[str, Integers]:
    """Return every state column of every window, named `<column>_<window>`."""
    spine, names = _spine(connection), list(plan.columns.values())
    asked = {w: [names.index(n) for n in plan.states(w).values()] for w in plan.windows}
    folds = {_fold(names[place], window): np.zeros(len(spine.row), np.int64)
             for window, places in asked.items() for place in places}  # fmt: skip
    for first, last in _stretches(connection, table):
        part = _between(spine, first, last)
        if not len(part.row):
            continue
        sums = PrefixSums(_facts(connection, plan, table, (first, last)), part.asked, plan.windows)
        for window, places in asked.items():
            for place, column in zip(places, sums.of(window, places), strict=True):
                folds[_fold(names[place], window)][part.row] = column
    return folds


def _fold(column: str, window: Window) -> str:
    return f"{column}_{window.name}"


def _spine(connection: duckdb.DuckDBPyConnection) -> _Spine:
    table = connection.sql("SELECT row, p, t FROM pit_spine").to_arrow_table()
    row, player, t = (column.to_numpy() for column in table.columns)
    order = np.lexsort((t, player))
    return _Spine(row[order], Questions(player[order], t[order]))


def _between(spine: _Spine, first: int, last: int) -> _Spine:
    low, high = np.searchsorted(spine.asked.player, (first, last + 1))
    player, t = spine.asked.player[low:high], spine.asked.t[low:high]
    return _Spine(spine.row[low:high], Questions(player, t))


def _stretches(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[tuple[int, int]]:
    """Cut the players into stretches few enough in facts to hold and in number to pack."""
    low, high = _first(
        connection,
        f"SELECT LEAST(MIN(o), (SELECT MIN(t) FROM pit_spine)),"
        f" GREATEST(MAX(r), (SELECT MAX(t) FROM pit_spine)) FROM {table}",
    )
    if low is None:
        return
    players = 1 << (PACKED_BITS - bits_of(high - low))
    counts = connection.sql(
        f"SELECT p, COUNT(*) AS n FROM {table} GROUP BY p ORDER BY p"
    ).to_arrow_table()
    player, count = (column.to_numpy() for column in counts.columns)
    upto, begin = np.cumsum(count), 0
    while begin < len(player):
        held = upto[begin] - count[begin]
        full = int(np.searchsorted(upto, held + FACTS_AT_ONCE, side="right"))
        many = int(np.searchsorted(player, player[begin] + players))
        end = max(min(full, many), begin + 1)
        yield int(player[begin]), int(player[end - 1])
        begin = end


def _facts(
    connection: duckdb.DuckDBPyConnection, plan: Plan, table: str, players: tuple[int, int]
) -> Facts:
    values = ", ".join(f"COALESCE({name}, 0) AS {name}" for name in plan.columns.values())
    player, occurred, recorded, *columns = (
        column.to_numpy()
        for column in connection.sql(
            f"SELECT p, o, r, {values} FROM {table} WHERE p BETWEEN {players[0]} AND {players[1]}"
        ).to_arrow_table().columns
    )  # fmt: skip
    return Facts(player, occurred, recorded, columns)


def _features(
    connection: duckdb.DuckDBPyConnection, plan: Plan, folds: dict[str, Integers]
) -> dict[str, pa.ChunkedArray]:
    """Return the features by name: folds as they are, derived ones by SQL's own arithmetic."""

    def state(measure: Measure, window: Window) -> str:
        (only,) = states_of(measure, plan.types)
        return _fold(plan.columns[only], window)

    plain = {
        feature.name: pa.chunked_array([folds[state(feature.what, feature.windows[0])]])
        for feature in plan.view.features
        if isinstance(feature.what, Measure)
    }
    derived = [f for f in plan.view.features if f.name not in plain]
    if not derived:
        return plain
    used = {state(m, window) for f in derived for m in operands(f) for window in f.windows}
    values = [
        f"{value_sql(f, lambda m, w: value_of(m, (state(m, w),)))} AS {f.name}" for f in derived
    ]
    return plain | _derived(connection, {name: folds[name] for name in sorted(used)}, values)


def _derived(
    connection: duckdb.DuckDBPyConnection, folds: dict[str, Integers], values: list[str]
) -> dict[str, pa.ChunkedArray]:
    rows = len(next(iter(folds.values())))
    connection.register("pit_sums", pa.table({"row": np.arange(rows), **folds}))
    try:
        query = f"SELECT {', '.join(values)} FROM pit_sums ORDER BY row"
        table = connection.sql(query).to_arrow_table()
    finally:
        connection.unregister("pit_sums")
    return dict(zip(table.column_names, table.columns, strict=True))


def _first(connection: duckdb.DuckDBPyConnection, query: str) -> list[int]:
    return [column[0].as_py() for column in connection.sql(query).to_arrow_table().columns]
