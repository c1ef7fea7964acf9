"""The event log as an outbox table in a SQLite file. Way: wallet, importer -> here -> readers.

The tables may stand in the same file as a ledger: `append` with an open connection writes the
events in that connection's transaction, so ledger rows and events are durable together or not at
all. One writer at a time is SQLite's own rule; `BEGIN IMMEDIATE` makes the offsets gapless.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from core.clock import Clock
from core.errors import LogError, NotReadyError
from core.log import sql_rows
from core.log.event_log import Entry
from core.log.sql_log import SqlLog
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


class SqliteLog(SqlLog[SqliteConnection]):
    """An `EventLog` in one file, for one machine.

    `partitions` makes the log when the file holds none; None expects one there.

    Raises:
        NotReadyError: there is no log in the file and none was to be made.
        DeclarationError: the log has another number of partitions.
    """

    def __init__(
        self, path: Path, partitions: int | None = None, *, clock: Clock | None = None
    ) -> None:
        super().__init__(partial(SqliteConnection, path, synchronous="NORMAL"), clock)
        if partitions is None and not path.exists():
            raise NotReadyError(f"no event log at {path}", hint="make one by naming its partitions")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._take(SqliteConnection(path, synchronous="FULL"), partitions, f"{path}")

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
            self._append_alone(self._own.raw, entries)

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

    @contextmanager
    def _alone(self) -> Iterator[None]:
        raw = self._own.raw
        raw.execute("BEGIN IMMEDIATE")
        yield
        raw.execute("COMMIT")

    def _tables(self) -> list[str]:
        return sql_rows.tables(value_type="BLOB", table_end="WITHOUT ROWID")

    def _has_tables(self) -> bool:
        named = "SELECT name FROM sqlite_master WHERE name = 'event_log_heads'"
        return bool(self._own.rows(named))
