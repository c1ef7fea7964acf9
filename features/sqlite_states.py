"""Players' states in one SQLite file. Way: features.state_store says what -> here, embedded.

One writer at a time, readers go on meanwhile (WAL). A write call is one transaction; the stamp is
compared where the row is, so two workers cannot both find theirs the newer one.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from features.holds import HoldRow, Parts
from features.state_store import (
    HEAD_BYTES,
    SQLITE_S,
    STAMP_BYTES,
    Heartbeat,
    KeyAsked,
    Known,
    Look,
    SharedCounts,
    State,
    StateStoreError,
    Tie,
    Ties,
    newest_epoch,
    refuse_live,
    shared_counts,
)

_TABLES = """
CREATE TABLE IF NOT EXISTS states (
    generation TEXT, player TEXT, stamp BLOB NOT NULL, blob BLOB NOT NULL,
    PRIMARY KEY (generation, player)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ties (
    generation TEXT, view TEXT, link_key TEXT, player TEXT, recorded_us INTEGER NOT NULL,
    PRIMARY KEY (generation, view, link_key, player)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ties_of_key ON ties (generation, view, link_key, recorded_us);
CREATE INDEX IF NOT EXISTS ties_of_player ON ties
    (generation, player, view, link_key, recorded_us);  -- all a look-up reads
CREATE TABLE IF NOT EXISTS heartbeats (
    generation TEXT, partition INTEGER, place INTEGER NOT NULL, log_time_us INTEGER NOT NULL,
    wall_us INTEGER NOT NULL, lag INTEGER NOT NULL, epoch INTEGER NOT NULL,
    PRIMARY KEY (generation, partition)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holds (
    generation TEXT, player TEXT, kind TEXT, since_us INTEGER, until_us INTEGER, lifted_us INTEGER,
    PRIMARY KEY (generation, player, kind)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vouched (generation TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS live (only INTEGER PRIMARY KEY CHECK (only = 1), generation TEXT);
"""
_WRITE = """
INSERT INTO states VALUES (?, ?, ?, ?) ON CONFLICT (generation, player) DO UPDATE SET
    stamp = excluded.stamp, blob = excluded.blob WHERE excluded.stamp > states.stamp
"""
_TIE = """
INSERT INTO ties VALUES (?, ?, ?, ?, ?) ON CONFLICT (generation, view, link_key, player)
    DO UPDATE SET recorded_us = excluded.recorded_us WHERE excluded.recorded_us < ties.recorded_us
"""
_HOLD = "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " + ", ".join(
    f"{part} = max(ifnull({part}, excluded.{part}), ifnull(excluded.{part}, {part}))"
    for part in ("since_us", "until_us", "lifted_us")
)
_HEARTBEATS = (
    "SELECT partition, place, log_time_us, wall_us, lag, epoch FROM heartbeats WHERE generation = ?"
)
_BEAT = """
INSERT INTO heartbeats VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (generation, partition)
    DO UPDATE SET place = excluded.place, log_time_us = excluded.log_time_us,
        wall_us = excluded.wall_us, lag = excluded.lag, epoch = excluded.epoch
    WHERE (excluded.epoch, excluded.place, excluded.wall_us) > (epoch, place, wall_us)
"""
_COUNT = """
SELECT (SELECT count(*) FROM ties WHERE generation = ?1 AND view = value ->> 0
        AND link_key = value ->> 1 AND recorded_us <= value ->> 2)
FROM json_each(?2) ORDER BY key
"""
_AT_ONCE = 10_000  # SQLite takes 32,766 parameters


class SqliteStates:
    """A StateStore in a file; one connection per thread, made when first used."""

    def __init__(self, path: Path, *, busy_s: float = SQLITE_S) -> None:
        self.path, self._busy_s = path, busy_s
        self._local = threading.local()

    def read(self, generation: str, players: Sequence[str]) -> list[bytes | None]:
        """Return the players' blobs, in the order asked."""
        with self._asking() as connection:
            return self._blobs(connection, generation, players)

    def write(self, generation: str, states: Sequence[State]) -> int:
        """Write every blob whose stamp is newer than what is there; return how many were."""
        rows = ((generation, player, blob[:STAMP_BYTES], blob) for player, blob in states)
        with self._writing() as connection:
            return connection.executemany(_WRITE, rows).rowcount if states else 0

    def look_up(self, generation: str, players: Sequence[str], views: Sequence[str]) -> Look | None:
        """Return blobs and ties of players; None if another generation, or none, is live."""
        with self._asking() as connection:
            if _live(connection) != generation:
                return None
            ties = self._ties(connection, generation, (views, players))
            return Look(self._blobs(connection, generation, players), ties)

    def add_links(self, generation: str, links: Iterable[Tie]) -> None:
        """Tie players to keys from an instant on; of several instants the earliest stays."""
        with self._writing() as connection:
            connection.executemany(_TIE, ((generation, *link) for link in links))

    def links_of(
        self, generation: str, views: Sequence[str], players: Sequence[str], t_us: Sequence[int]
    ) -> SharedCounts:
        """Return the counts of each player at his own instant (UTC microseconds)."""
        with self._asking() as connection:
            ties = self._ties(connection, generation, (views, players))
        return shared_counts(partial(self.count_players, generation), views, ties, t_us)

    def count_players(self, generation: str, asked: Sequence[KeyAsked]) -> list[int]:
        """Return how many players are tied to each key at an instant."""
        with self._asking() as connection:
            return [n for (n,) in connection.execute(_COUNT, (generation, json.dumps(asked)))]

    def add_holds(self, generation: str, holds: Iterable[HoldRow]) -> None:
        """Hold players, or lift holds; of several instants of a part the latest stays."""
        with self._writing() as connection:
            rows = ((generation, player, kind, *parts) for player, kind, parts in holds)
            connection.executemany(_HOLD, rows)

    def holds_of(self, generation: str, players: Sequence[str]) -> list[list[tuple[str, Parts]]]:
        """Return each player's holds by kind, in the order asked."""
        with self._asking() as connection:
            return _holds(connection, generation, players)

    def vouch(self, generation: str) -> None:
        """Say that every hold since the beginning is told, or will be told before its state."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO vouched VALUES (?)", (generation,))

    def know(self, generation: str, players: Sequence[str]) -> Known | None:
        """Return what the gate must know; None if another generation, or none, is live."""
        with self._asking() as connection:
            if _live(connection) != generation:
                return None
            beats = _beats(connection, generation)
            heads = _heads(connection, generation, players)
            holds = _holds(connection, generation, players)
            vouched = "SELECT 1 FROM vouched WHERE generation = ?"
            is_whole = connection.execute(vouched, (generation,)).fetchone() is not None
            return Known(beats, heads, holds, is_whole)

    def live_generation(self) -> str | None:
        """Return the generation that answers, if any."""
        with self._asking() as connection:
            return _live(connection)

    def switch(self, generation: str) -> None:
        """Let a generation answer from now on."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO live VALUES (1, ?)", (generation,))

    def drop(self, generation: str) -> None:
        """Forget a generation that does not answer."""
        with self._writing() as connection:
            refuse_live(_live(connection), generation)
            for table in ("vouched", "states", "ties", "holds", "heartbeats"):
                connection.execute(f"DELETE FROM {table} WHERE generation = ?", (generation,))

    def beat(self, generation: str, heartbeats: Sequence[Heartbeat]) -> None:
        """Say how far partitions are; an earlier heartbeat than the one there is ignored."""
        rows = (
            (generation, b.partition, b.offset, b.log_time_us, b.wall_us, b.lag, b.epoch)
            for b in heartbeats
        )
        with self._writing() as connection:
            connection.executemany(_BEAT, rows)

    def heartbeats(self, generation: str) -> list[Heartbeat]:
        """Return the last heartbeat of every partition, in order; of the newest epoch only."""
        with self._asking() as connection:
            return _beats(connection, generation)

    def close(self) -> None:
        """Close the calling thread's connection."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def _blobs(
        self, connection: sqlite3.Connection, generation: str, players: Sequence[str]
    ) -> list[bytes | None]:
        found: dict[str, bytes] = {}
        for part in _parts(players):
            marks = ",".join("?" * len(part))
            found.update(
                connection.execute(
                    f"SELECT player, blob FROM states WHERE generation = ? AND player IN ({marks})",
                    (generation, *part),
                )
            )
        return [found.get(player) for player in players]

    def _ties(
        self, connection: sqlite3.Connection, generation: str,
        asked: tuple[Sequence[str], Sequence[str]],
    ) -> list[Ties]:  # fmt: skip
        views, players = asked
        number = {view: place for place, view in enumerate(views)}
        found: dict[str, Ties] = {player: [] for player in players}
        for part in _parts(list(found)) if views else ():
            rows = connection.execute(
                f"SELECT player, view, link_key, recorded_us FROM ties WHERE generation = ?"
                f" AND player IN ({','.join('?' * len(part))})",
                (generation, *part),
            )
            for player, view, key, recorded in rows:
                if view in number:
                    found[player].append((number[view], key, recorded))
        return [found[player] for player in players]

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise StateStoreError(
                f"the states at {self.path} cannot be used: {error}",
                hint="if the file is damaged, `evenhand stream rebuild` makes it anew from the log",
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._asking() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _connection(self) -> sqlite3.Connection:
        held: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if held is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            held = sqlite3.connect(self.path, timeout=self._busy_s, isolation_level=None)
            held.execute("PRAGMA journal_mode = WAL")
            held.execute("PRAGMA synchronous = FULL")  # offsets are committed once this holds
            held.executescript(_TABLES)
            self._local.connection = held
        return held


def _live(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT generation FROM live").fetchone()
    return None if row is None else str(row[0])


def _beats(connection: sqlite3.Connection, generation: str) -> list[Heartbeat]:
    rows = connection.execute(_HEARTBEATS, (generation,))
    return newest_epoch(Heartbeat(*row) for row in rows)


def _heads(
    connection: sqlite3.Connection, generation: str, players: Sequence[str]
) -> list[bytes | None]:
    found: dict[str, bytes] = {}
    for part in _parts(players):
        query = (
            f"SELECT player, substr(blob, 1, {HEAD_BYTES}) FROM states WHERE generation = ?"
            f" AND player IN ({','.join('?' * len(part))})"
        )
        found.update(connection.execute(query, (generation, *part)))
    return [found.get(player) for player in players]


def _holds(
    connection: sqlite3.Connection, generation: str, players: Sequence[str]
) -> list[list[tuple[str, Parts]]]:
    found: dict[str, list[tuple[str, Parts]]] = {}
    for part in _parts(players):
        query = (
            "SELECT player, kind, since_us, until_us, lifted_us FROM holds WHERE generation = ?"
            f" AND player IN ({','.join('?' * len(part))})"
        )
        for player, kind, *parts in connection.execute(query, (generation, *part)):
            found.setdefault(player, []).append((kind, (parts[0], parts[1], parts[2])))
    return [found.get(player, []) for player in players]


def _parts(players: Sequence[str]) -> Iterator[Sequence[str]]:
    return (players[start : start + _AT_ONCE] for start in range(0, len(players), _AT_ONCE))
