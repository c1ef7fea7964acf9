"""Feast's online store in SQLite: vectors and states. Way: snapshots, stream worker -> here.

Named in the repo configuration as `features.online_store.PackedSqliteOnlineStore` (Feast's
extension point). Feast's own SQLite store keeps one row per *feature*; ten thousand players with
350 features are 3.5 million rows there and 250 thousand here. States lie in a file of their own
beside it, so that a stream worker and `materialize` never wait for each other.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from feast import Entity, FeatureView
from feast.repo_config import FeastConfigBaseModel, RepoConfig

from features.packed import Layout
from features.packed_online_store import PackedOnlineStore, Row, Vector
from features.sqlite_states import SqliteStates

STATES = "states.sqlite"
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


class PackedSqliteOnlineStoreConfig(FeastConfigBaseModel):
    """`path` of the vectors' file; `clock` is the `now` of live answers."""

    type: Literal["features.online_store.PackedSqliteOnlineStore"] = (
        "features.online_store.PackedSqliteOnlineStore"
    )
    path: str
    clock: Literal["wall", "log"] = "wall"


class PackedSqliteOnlineStore(PackedOnlineStore):
    """Vectors by player and view, states by player; one connection per thread."""

    def __init__(self) -> None:
        super().__init__()
        self._local = threading.local()
        self._states: SqliteStates | None = None

    def states(self, config: RepoConfig) -> SqliteStates | None:
        """Return the store of players' states; None while no worker has made it."""
        if self._states is None:
            path = Path(config.online_store.path).with_name(STATES)
            if not path.exists():
                return None
            self._states = SqliteStates(path)
        return self._states

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
    ) -> Iterable[Vector]:
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

    def forget(self, config: RepoConfig, views: Sequence[str]) -> None:
        """Delete the vectors of views."""
        with self.connection(config) as connection:
            for view in views:
                connection.execute("DELETE FROM vectors WHERE view = ?", (view,))
                connection.execute("DELETE FROM written WHERE view = ?", (view,))

    def teardown(
        self,
        config: RepoConfig,
        tables: Sequence[FeatureView],  # noqa: ARG002
        entities: Sequence[Entity],  # noqa: ARG002
    ) -> None:
        """Forget all vectors; states are the stream worker's to drop."""
        with self.connection(config) as connection:
            connection.execute("DELETE FROM vectors")
            connection.execute("DELETE FROM written")
