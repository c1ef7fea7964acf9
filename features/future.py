"""The future must not show. Way: warehouse -> here -> check, tests.

A value at an instant may not change because of a fact recorded later. The check computes the same
frame twice, once as things stand and once with every later fact hidden, and compares the bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import duckdb
import pyarrow as pa

from features.frame import point_in_time_frame
from features.spec import View


def future_leaks(
    connection: duckdb.DuckDBPyConnection, players: Sequence[str], as_of: datetime,
    views: Sequence[View],
) -> list[str]:  # fmt: skip
    """Return the features whose values at `as_of` depend on facts recorded after it."""
    spine = pa.table(
        {"player_id": pa.array(players, pa.string()),
         "as_of": pa.array([as_of] * len(players), pa.timestamp("us"))}
    )  # fmt: skip
    as_it_stands = point_in_time_frame(connection, spine, views)
    with _later_hidden(connection, as_of, views):
        as_it_was = point_in_time_frame(connection, spine, views)
    return [
        name
        for name in as_it_stands.column_names
        if not as_it_stands.column(name).equals(as_it_was.column(name))
    ]


@contextmanager
def _later_hidden(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, views: Sequence[View]
) -> Iterator[None]:
    """Cover the fact views by temporary ones that stop at `as_of`."""
    sources = sorted({source for view in views for source in view.sources})
    for name in sources:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM memory.main.{name} "
            f"WHERE recorded_at <= TIMESTAMP '{as_of.isoformat(sep=' ')}'"
        )
    try:
        yield
    finally:
        for name in sources:
            connection.execute(f"DROP VIEW temp.{name}")
