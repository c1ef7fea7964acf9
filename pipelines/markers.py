"""What markers see in landed facts. Way: warehouse (DuckDB) -> here -> core.markers.

Deeds are read kind by kind from sorted readers that are merged, in the order they became known.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from typing import Any

import duckdb

from core.compliance.pack import Pack
from core.events.registry import facts
from core.markers.deeds import READERS, Deed, deed
from core.markers.past import Past
from core.markers.scene import Scene, scene_of
from features.sources import fact_schema

ROWS = 20_000
_ENVELOPE = "player_id, epoch_us(occurred_at), epoch_us(recorded_at), event_id::VARCHAR"
_OUT = frozenset({"event_id", "player_id", "source", "occurred_at", "recorded_at"})


def deeds_of(connection: duckdb.DuckDBPyConnection, player: str = "") -> Iterator[Deed]:
    """Yield what landed facts say of everybody, or of one player, as it became known."""
    kinds = (_of_kind(connection.cursor(), name, player) for name in READERS)
    yield from merge(*kinds, key=lambda one: (one.known_us, one.id))


def past_of(connection: duckdb.DuckDBPyConnection, player: str, until_us: int) -> Past:
    """Return a player's past as it was at an instant; what became known later counts, too."""
    past = Past(player)
    for one in deeds_of(connection, player):
        if one.at_us <= until_us:
            past.add(one)
    return past


def scene_in(past: Past, pack: Pack) -> Scene:
    """Return what markers see of a past."""
    return scene_of(past, pack.zone)


def _of_kind(cursor: duckdb.DuckDBPyConnection, name: str, player: str) -> Iterator[Deed]:
    columns = [field for field in fact_schema(facts()[name]).names if field not in _OUT]
    listed = "".join(f', "{column}"' for column in columns)
    where = " WHERE player_id = ?" if player else ""
    cursor.execute(
        f"SELECT {_ENVELOPE}{listed} FROM {name}{where} ORDER BY recorded_at, event_id::VARCHAR",
        [player] if player else [],
    )
    while rows := cursor.fetchmany(ROWS):
        for row in rows:
            one = _deed(name, row, columns)
            if one is not None:
                yield one


def _deed(name: str, row: tuple[Any, ...], columns: list[str]) -> Deed | None:
    player, occurred, recorded, event_id, *values = row
    said = dict(zip(columns, values, strict=True))
    return deed(name, said, player, (occurred, recorded, event_id))
