"""The event log as an outbox table in a SQLite file. Way: wallet, importer -> here -> readers.

The tables may stand in the same file as a ledger: `append` with an open connection writes the
events in that connection's transaction, so ledger rows and events are durable together or not at
all. One writer at a time is SQLite's own rule; `BEGIN IMMEDIATE` makes the offsets gapless.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from core.clock import Clock, SystemClock
from core.errors import LogError, NotReadyError
from core.log import sql_rows
from core.log.event_log import SESSION_S, Batch, Bounds, Entry, Listener
from core.log.partitioning import agreed
from core.log.sql_group import SqlGroup
from core.log.sql_reader import SqlReader
from core.log.sql_rows import Head

_BUSY_S = 30.0


class SqliteConnection:
    """A `SqlConnection` on a file; waits its turn when another one writes."""

    def __init__(self, path: Path, *, synchronous: str) -> None:
        self.raw = sqlite3.connect(
            path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        self.raw.execute("PRAGMA journal_mode = WAL")
        self.raw.execute(f"PRAGMA synchronous = {synchronous}")

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and return the rows it gives."""
        try:
            return self.raw.execute(statement, values).fetchall()
        except sqlite3.OperationalError as error:
            raise LogError(f"the log's file does not answer: {error}") from error

    def close(self) -> None:
        """Close it."""
        self.raw.close()


class SqliteLog:
    """An `EventLog` in one file, for one machine.

    `partitions` makes the log when the file holds none; None expects one there.

    Raises:
        NotReadyError: there is no log in the file and none was to be made.
        DeclarationError: the log has another number of partitions.
    """

    def __init__(
        self, path: Path, partitions: int | None = None, *, clock: Clock | None = None
    ) -> None:
        self._path, self._clock = path, clock or SystemClock()
        self._writing = threading.Lock()
        if partitions is None and not path.exists():
            raise NotReadyError(f"no event log at {path}", hint="make one by naming its partitions")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = SqliteConnection(path, synchronous="FULL")
        with ExitStack() as opened:
            opened.callback(self._connection.close)
            self._partitions = self._made(partitions)
            opened.pop_all()

    @property
    def partitions(self) -> int:
        """How many partitions the log has."""
        return self._partitions

    def append(
        self, entries: Sequence[Entry], connection: sqlite3.Connection | None = None
    ) -> None:
        """Append in the order given; inside `connection`'s open transaction when it is given.

        Then the entries are durable, and seen, when that transaction is; it must have begun with
        `BEGIN IMMEDIATE` on this log's file.
        """
        if connection is not None:
            if not connection.in_transaction:
                raise LogError("append on a connection without an open transaction")
            self._write(connection, entries)
            return
        with self._writing:
            self._append_alone(self._connection.raw, entries)

    def reader(
        self,
        group: str,
        listener: Listener | None = None,
        *,
        partitions: Sequence[int] | None = None,
        session_s: float = SESSION_S,
    ) -> SqlReader:
        """Return a reader of the group, on a connection of its own."""
        connection = SqliteConnection(self._path, synchronous="NORMAL")
        seat = SqlGroup(connection, group, self._partitions, self._clock, session_s, partitions)
        return SqlReader(connection, seat, listener or Listener())

    def bounds(self, partition: int) -> Bounds:
        """Return the offsets the partition holds now."""
        with self._writing:
            return sql_rows.bounds(self._connection, partition)

    def offset_at(self, partition: int, at_us: int) -> int:
        """Return the first offset recorded at or after the instant."""
        with self._writing:
            return sql_rows.offset_at(self._connection, partition, at_us)

    def read_range(self, partition: int, start: int, stop: int) -> Iterator[Batch]:
        """Yield the entries between two offsets."""
        with closing(SqliteConnection(self._path, synchronous="NORMAL")) as connection:
            yield from sql_rows.read_range(connection, partition, start, stop)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _append_alone(self, raw: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        try:
            raw.execute("BEGIN IMMEDIATE")
            self._write(raw, entries)
            raw.execute("COMMIT")
        except sqlite3.Error as error:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise LogError(f"nothing was appended: {error}") from error

    def _write(self, raw: sqlite3.Connection, entries: Sequence[Entry]) -> None:
        found = raw.execute("SELECT log_partition, log_end, newest_us FROM event_log_heads")
        heads = {number: Head(end, newest_us) for number, end, newest_us in found}
        appended_us = sql_rows.now_us(self._clock)
        rows = [*sql_rows.place(entries, heads, self._partitions, appended_us)]
        raw.executemany("INSERT INTO event_log VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        raw.executemany(
            "UPDATE event_log_heads SET log_end = ?, newest_us = ? WHERE log_partition = ?",
            sql_rows.new_heads(rows),
        )

    def _made(self, asked: int | None) -> int:
        """Make the tables if they are asked for and not there; return how many partitions."""
        if self._found() == 0 and asked is not None:
            raw = self._connection.raw
            raw.execute("BEGIN IMMEDIATE")
            for statement in sql_rows.tables(value_type="BLOB", table_end="WITHOUT ROWID"):
                raw.execute(statement)
            if self._found() == 0:
                heads = [(number, 0, sql_rows.NEVER_US) for number in range(asked)]
                raw.executemany("INSERT INTO event_log_heads VALUES (?, ?, ?)", heads)
            raw.execute("COMMIT")
        return agreed(self._found(), asked, f"{self._path}")

    def _found(self) -> int:
        named = "SELECT name FROM sqlite_master WHERE name = 'event_log_heads'"
        if not self._connection.rows(named):
            return 0
        [(count,)] = self._connection.rows("SELECT count(*) FROM event_log_heads")
        return int(count)
