"""Landed facts of several kinds in the order they became known. Way: warehouse (DuckDB) -> here.

Each kind is read from a sorted reader, and the readers are merged, so that memory does not grow
with the warehouse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import Any, NamedTuple, TypeVar

import duckdb

from core.events.registry import facts
from features.sources import fact_schema

ROWS = 20_000
_ENVELOPE = "player_id, epoch_us(occurred_at), epoch_us(recorded_at), event_id::VARCHAR"
_OUT = frozenset({"event_id", "player_id", "source", "occurred_at", "recorded_at"})
T = TypeVar("T")


class Told(NamedTuple):
    """A fact's envelope: whose, at, known (UTC microseconds), and the event's id."""

    player: str
    at_us: int
    known_us: int
    id: str


Make = Callable[[str, dict[str, Any], Told], T | None]


def landed(
    connection: duckdb.DuckDBPyConnection, names: Iterable[str], make: Make[T], player: str = ""
) -> Iterator[T]:
    """Yield what is made of the facts named, of everybody or of one player; null is left out."""
    readers = (_of_kind(connection.cursor(), name, player) for name in names)
    for name, fields, told in merge(*readers, key=lambda row: (row[2].known_us, row[2].id)):
        one = make(name, fields, told)
        if one is not None:
            yield one


def _of_kind(
    cursor: duckdb.DuckDBPyConnection, name: str, player: str
) -> Iterator[tuple[str, dict[str, Any], Told]]:
    columns = [field for field in fact_schema(facts()[name]).names if field not in _OUT]
    listed = "".join(f', "{column}"' for column in columns)
    where = " WHERE player_id = ?" if player else ""
    cursor.execute(
        f"SELECT {_ENVELOPE}{listed} FROM {name}{where} ORDER BY recorded_at, event_id::VARCHAR",
        [player] if player else [],
    )
    while rows := cursor.fetchmany(ROWS):
        for row in rows:
            yield name, dict(zip(columns, row[4:], strict=True)), Told(*row[:4])
