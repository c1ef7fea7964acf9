"""Feast's online store: one packed vector per player and view, in SQLite. Way: snapshots -> here.

Named in the repo configuration as `features.online_store.PackedSqliteOnlineStore` (Feast's
extension point). Feast's own SQLite store keeps one row per *feature*; ten thousand players with
350 features are 3.5 million rows there and 250 thousand here. It also differs in meaning:

    ttl       enforced when read, against the newest instant written (`serving_at`): a view that was
              not refreshed answers nothing instead of an old value. Feast never enforces it.
    order     a write older than what is there is ignored, so a replay cannot undo.
    layout    a vector written before the view's features changed answers nothing.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from feast import Entity, FeatureView
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from feast.repo_config import FeastConfigBaseModel, RepoConfig
from feast.utils import make_tzaware

from core.errors import DeclarationError
from features.packed import Layout

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TABLES = """
CREATE TABLE IF NOT EXISTS vectors (
    player_id TEXT, view TEXT, event_us INTEGER, layout TEXT, vector BLOB,
    PRIMARY KEY (player_id, view)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS written (view TEXT PRIMARY KEY, event_us INTEGER) WITHOUT ROWID;
"""
_UPSERT = """
INSERT INTO vectors VALUES (?, ?, ?, ?, ?) ON CONFLICT (player_id, view) DO UPDATE SET
    event_us = excluded.event_us, layout = excluded.layout, vector = excluded.vector
    WHERE excluded.event_us >= vectors.event_us
"""
_WRITTEN = """
INSERT INTO written VALUES (?, ?) ON CONFLICT (view) DO UPDATE SET
    event_us = max(excluded.event_us, written.event_us)
"""
Row = tuple[str, int, bytes]  # player, event time in microseconds, vector
Found = tuple[datetime | None, dict[str, Value] | None]


class PackedSqliteOnlineStoreConfig(FeastConfigBaseModel):
    """`path` of the SQLite file."""

    type: Literal["features.online_store.PackedSqliteOnlineStore"] = (
        "features.online_store.PackedSqliteOnlineStore"
    )
    path: str


class PackedSqliteOnlineStore(OnlineStore):
    """Vectors by player and view; one connection per thread."""

    def __init__(self) -> None:
        self._local = threading.local()

    def connection(self, config: RepoConfig) -> sqlite3.Connection:
        """Return this thread's connection, opened once."""
        path = str(config.online_store.path)
        held: dict[str, sqlite3.Connection] = self._local.__dict__.setdefault("held", {})
        if path not in held:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            held[path] = sqlite3.connect(path, timeout=30)
            held[path].execute("PRAGMA journal_mode = WAL")  # readers go on while one writes
            held[path].execute("PRAGMA synchronous = NORMAL")
            held[path].executescript(_TABLES)
        return held[path]

    def write_vectors(
        self, config: RepoConfig, view: str, layout: Layout, rows: Sequence[Row]
    ) -> None:
        """Write packed vectors in one transaction; older ones than those there are ignored."""
        if not rows:
            return
        newest = max(event for _, event, _ in rows)
        with self.connection(config) as connection:
            connection.executemany(
                _UPSERT, ((p, view, event, layout.mark, vector) for p, event, vector in rows)
            )
            connection.execute(_WRITTEN, (view, newest))

    def read_vectors(
        self, config: RepoConfig, players: Sequence[str], views: Sequence[str]
    ) -> Iterable[tuple[str, str, int, str, bytes]]:
        """Yield (player, view, event time, layout mark, vector) of what is there, in no order."""
        connection = self.connection(config)
        chosen = ",".join("?" * len(views))
        for start in range(0, len(players), 10_000):  # SQLite takes 32,766 parameters
            part = players[start : start + 10_000]
            asked = ",".join("?" * len(part))
            yield from connection.execute(
                f"SELECT player_id, view, event_us, layout, vector FROM vectors "
                f"WHERE player_id IN ({asked}) AND view IN ({chosen})",
                (*part, *views),
            )

    def serving_at(self, config: RepoConfig) -> int | None:
        """Return the newest instant written, in microseconds: what `now` means to a read."""
        row = self.connection(config).execute("SELECT max(event_us) FROM written").fetchone()
        return None if row[0] is None else int(row[0])

    def online_write_batch(
        self,
        config: RepoConfig,
        table: FeatureView,
        data: list[tuple[EntityKey, dict[str, Value], datetime, datetime | None]],
        progress: Callable[[int], Any] | None,
    ) -> None:
        """Write what `feast materialize` and `push` hand over."""
        layout = Layout.of(table)
        rows = [
            (_player(key), (make_tzaware(event) - _EPOCH) // _MICROSECOND, layout.pack(values))
            for key, values, event, _ in data
        ]
        self.write_vectors(config, table.name, layout, rows)
        if progress is not None:
            progress(len(rows))

    def online_read(
        self,
        config: RepoConfig,
        table: FeatureView,
        entity_keys: list[EntityKey],
        requested_features: list[str] | None = None,
    ) -> list[Found]:
        """Answer `get_online_features`; nothing for an unknown player or a value past its ttl."""
        layout, players = Layout.of(table), [_player(key) for key in entity_keys]
        oldest = oldest_served(self.serving_at(config), table.ttl)
        fresh = {
            player: (event, vector)
            for player, _, event, mark, vector in self.read_vectors(config, players, [table.name])
            if event >= oldest and mark == layout.mark
        }
        return [_found(fresh.get(player), layout, requested_features) for player in players]

    def update(  # noqa: PLR0913, PLR0917 - Feast's signature
        self,
        config: RepoConfig,
        tables_to_delete: Sequence[FeatureView],
        tables_to_keep: Sequence[FeatureView],  # noqa: ARG002
        entities_to_delete: Sequence[Entity],  # noqa: ARG002
        entities_to_keep: Sequence[Entity],  # noqa: ARG002
        partial: bool,  # noqa: ARG002, FBT001
    ) -> None:
        """Forget the vectors of deleted views; new ones need no preparation."""
        with self.connection(config) as connection:
            for table in tables_to_delete:
                connection.execute("DELETE FROM vectors WHERE view = ?", (table.name,))
                connection.execute("DELETE FROM written WHERE view = ?", (table.name,))

    def teardown(
        self,
        config: RepoConfig,
        tables: Sequence[FeatureView],  # noqa: ARG002
        entities: Sequence[Entity],  # noqa: ARG002
    ) -> None:
        """Forget everything."""
        with self.connection(config) as connection:
            connection.execute("DELETE FROM vectors")
            connection.execute("DELETE FROM written")


def oldest_served(serving_at: int | None, ttl: timedelta | None) -> int:
    """Return the oldest event time that still answers; a value exactly ttl old does."""
    if serving_at is None or not ttl:
        return -(2**63)
    return serving_at - ttl // _MICROSECOND


def _found(row: tuple[int, bytes] | None, layout: Layout, asked: list[str] | None) -> Found:
    if row is None:
        return None, None
    event, vector = row
    values = layout.unpack(vector)
    wanted = values if asked is None else {name: values[name] for name in asked}
    return _EPOCH + event * _MICROSECOND, wanted


def _player(key: EntityKey) -> str:
    if list(key.join_keys) != ["player_id"]:
        raise DeclarationError(
            f"entity key {list(key.join_keys)}", expected="player_id: vectors are kept per player"
        )
    return str(key.entity_values[0].string_val)
