"""Feature values at given instants. Way: warehouse + views -> here -> training frames, snapshots.

A spine is one row per player_id x as_of (UTC, microseconds), rows unique. The frame keeps its rows
and their order and adds one column per feature: int64, or float64 for derived ones, null where
undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import DeclarationError
from features.check import refuse_leaks
from features.identity_sql import identity_steps
from features.pit import Plan, Step
from features.session_sql import session_steps
from features.spec import SessionView, SharedIdentityView, View, names_of
from features.sums_frame import split_sums, sum_columns

SPINE = pa.schema([("player_id", pa.string()), ("as_of", pa.timestamp("us"))])


def steps_of(view: View) -> tuple[Step, ...]:
    """Return the SQL of a view, step by step; the last step's table holds the features.

    Raises:
        LeakError: the view reads something that is not a fact of the event contract.
        DeclarationError: a session view has a window its sessions cannot be told in.
    """
    refuse_leaks(view)
    match view:
        case SharedIdentityView():
            return identity_steps(view)
        case SessionView():
            return session_steps(view)
    return Plan(view).steps


def point_in_time_frame(
    connection: duckdb.DuckDBPyConnection,
    spine: pa.Table,
    views: Sequence[View],
    on_view: Callable[[str], None] | None = None,
    *,
    portable: bool = False,
) -> pa.Table:
    """Return the spine with every feature of the views as known at each `as_of`.

    Args:
        connection: an open warehouse (`features.sources.open_warehouse`).
        spine: `player_id`, `as_of`; rows unique.
        views: the views wanted; columns follow their order.
        on_view: called with a view's name when it is done, for progress.
        portable: use nothing but the SQL other engines run; the values are the same.

    Raises:
        DeclarationError: the spine lacks a column, or holds a row twice, a null or an instant
            before 1970.
    """
    frame = checked_spine(spine)
    with _spine_tables(connection, frame):
        for view in views:
            for column in _columns(connection, view, portable=portable):
                frame = frame.append_column(*column)
            if on_view is not None:
                on_view(view.name)
    return frame


def checked_spine(spine: pa.Table) -> pa.Table:
    """Return the two columns of a spine in their types.

    Raises:
        DeclarationError: the spine lacks a column, or holds a row twice, a null or an instant
            before 1970.
    """
    missing = [name for name in SPINE.names if name not in spine.column_names]
    if missing:
        raise DeclarationError(f"the spine lacks {missing}", expected=f"columns {SPINE.names}")
    spine = spine.select(SPINE.names).cast(SPINE)
    distinct = spine.group_by(SPINE.names, use_threads=False).aggregate([]).num_rows
    nulls = sum(column.null_count for column in spine.columns)
    if distinct != spine.num_rows or nulls:
        raise DeclarationError(
            f"the spine has {spine.num_rows - distinct} repeated rows and {nulls} nulls",
            expected="each player and instant once",
            hint="group the labels by player_id and as_of first",
        )
    _refuse_before_1970(spine)
    return spine


def _refuse_before_1970(spine: pa.Table) -> None:
    """Windows are counted in hops since 1970; before it the hops would round the other way."""
    earliest = pc.min(spine["as_of"].cast(pa.int64())).as_py()
    if earliest is not None and earliest < 0:
        raise DeclarationError(
            f"the spine asks for {pc.min(spine['as_of']).as_py():%Y-%m-%d %H:%M:%S} UTC",
            expected="instants from 1970 on",
            hint="check the unit of the time column: seconds, milliseconds or microseconds",
        )


@contextmanager
def _spine_tables(connection: duckdb.DuckDBPyConnection, spine: pa.Table) -> Iterator[None]:
    """Hold `pit_players` (player_id, p) and `pit_spine` (row, p, t) while views are computed."""
    numbered = spine.append_column("row", pa.array(range(spine.num_rows), pa.int64()))
    connection.register("pit_asked", numbered)
    _make(connection, Step("pit_players", "SELECT player_id, CAST(ROW_NUMBER() OVER () AS BIGINT)"
          " AS p FROM (SELECT DISTINCT player_id FROM pit_asked) AS a"))  # fmt: skip
    _make(connection, Step("pit_spine", "SELECT row, p, EPOCH_US(as_of) AS t FROM pit_asked"
          " JOIN pit_players USING (player_id)"))  # fmt: skip
    try:
        yield
    finally:
        connection.unregister("pit_asked")
        _drop(connection, ["pit_players", "pit_spine"])


def _columns(
    connection: duckdb.DuckDBPyConnection, view: View, *, portable: bool
) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """Yield the features of a view: counts and sums by running sums, all others by SQL."""
    refuse_leaks(view)
    summed, rest = (None, view) if portable else split_sums(view)
    columns = None if summed is None else sum_columns(connection, summed)
    if columns is None:
        columns, rest = {}, view
    if rest is not None:
        columns |= _by_sql(connection, rest)
    yield from ((name, columns[name]) for name in names_of(view))


def _by_sql(connection: duckdb.DuckDBPyConnection, view: View) -> dict[str, pa.ChunkedArray]:
    steps = steps_of(view)
    try:
        for step in steps:
            _make(connection, step)
        query = f"SELECT * EXCLUDE (row) FROM {steps[-1].table} ORDER BY row"
        table = connection.sql(query).to_arrow_table()
    finally:
        _drop(connection, [step.table for step in steps])
    return dict(zip(table.column_names, table.columns, strict=True))


def _make(connection: duckdb.DuckDBPyConnection, step: Step) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {step.table} AS {step.select}")


def _drop(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    for table in tables:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
