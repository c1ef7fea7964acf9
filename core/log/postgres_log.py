"""The event log as an outbox table in PostgreSQL. Way: wallet, importer -> here -> readers, relay.

`append` with an open connection writes the events in that connection's transaction, so ledger rows
and events are durable together or not at all. Offsets come from a head row per partition, locked
until that transaction ends: the next writer of the partition waits, so entries become visible in
the order of their offsets and a reader never passes one that commits late. Hence append last in a
transaction, once, and give a busy log more partitions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.errors import LogError, NotReadyError
from core.log import sql_rows
from core.log.event_log import Entry
from core.log.partitioning import partition_of
from core.log.sql_log import SqlLog
from core.log.sql_rows import Head
from core.postgres import driver

if TYPE_CHECKING:
    import psycopg

_MAKING = 0x6576656E_68616E64  # the advisory lock under which a log is made, once


class PostgresConnection:
    """A `SqlConnection` to a database."""

    def __init__(self, url: str) -> None:
        self._url, self._driver = url, driver()
        self._raw: psycopg.Connection[Any] = self._connected()

    @property
    def raw(self) -> psycopg.Connection[Any]:
        """The driver's connection, a new one when the last was cut."""
        if self._raw.broken:
            self._raw = self._connected()
        return self._raw

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and return the rows it gives, if any."""
        try:
            cursor = self.raw.execute(statement.replace("?", "%s").encode(), values)
            return cursor.fetchall() if cursor.description else []
        except self._driver.OperationalError as error:
            raise LogError(f"PostgreSQL does not answer: {error}") from error

    def close(self) -> None:
        """Close it."""
        self._raw.close()

    def _connected(self) -> psycopg.Connection[Any]:
        try:
            return self._driver.connect(self._url, autocommit=True)  # type: ignore[no-any-return]
        except self._driver.OperationalError as error:
            raise NotReadyError(f"PostgreSQL does not answer: {error}") from error


class PostgresLog(SqlLog[PostgresConnection]):
    """An `EventLog` in a database, in the tables `event_log*` of the connection's first schema.

    `partitions` makes the log when the database holds none; None expects one there.

    Raises:
        NotReadyError: the database does not answer, or there is no log and none was to be made.
        DeclarationError: the log has another number of partitions.
    """

    def __init__(
        self, url: str, partitions: int | None = None, *, clock: Clock | None = None
    ) -> None:
        super().__init__(partial(PostgresConnection, url), clock)
        self._take(PostgresConnection(url), partitions, "the PostgreSQL database")

    def append(
        self, entries: Sequence[Entry], connection: psycopg.Connection[Any] | None = None
    ) -> None:
        """Append in the order given; inside `connection`'s open transaction when it is given.

        Then the entries are durable, and seen, when that transaction is. Its isolation must be
        PostgreSQL's default, "read committed".
        """
        if connection is not None:
            if connection.autocommit and connection.pgconn.transaction_status == _idle():
                raise LogError("append on a connection without an open transaction")
            self._write(connection, entries)
            return
        psycopg = driver()
        with self._writing:
            try:
                raw = self._own.raw
                with raw.transaction():
                    self._write(raw, entries)
            except psycopg.Error as error:
                raise LogError(f"not known to be appended: {error}") from error

    def _write(self, raw: psycopg.Connection[Any], entries: Sequence[Entry]) -> None:
        touched = sorted({partition_of(entry.key, self._partitions) for entry in entries})
        with raw.cursor() as cursor:
            # in one order for all writers, so that two never wait for each other
            cursor.execute(
                "SELECT log_partition, log_end, newest_us FROM event_log_heads"
                " WHERE log_partition = ANY(%s) ORDER BY log_partition FOR UPDATE",
                (touched,),
            )
            heads = {number: Head(end, newest_us) for number, end, newest_us in cursor}
            rows = [*sql_rows.place(entries, heads, self._partitions, _now_us(cursor))]
            with cursor.copy("COPY event_log FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int4", "int8", "text", "bytea", "int8", "int8", "int8"])
                for row in rows:
                    copy.write_row(row)
            cursor.executemany(
                "UPDATE event_log_heads SET log_end = %s, newest_us = %s WHERE log_partition = %s",
                sql_rows.new_heads(rows),
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._own.raw.transaction():
            self._own.rows("SELECT pg_advisory_xact_lock(?)", _MAKING)
            yield

    def _tables(self) -> list[str]:
        return sql_rows.tables(value_type="BYTEA", table_end="")

    def _has_tables(self) -> bool:
        [(table,)] = self._own.rows("SELECT to_regclass('event_log_heads')")
        return table is not None


def _now_us(cursor: psycopg.Cursor[Any]) -> int:
    """Return the database's own clock, whatever the writers' clocks say."""
    cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8")
    [(now_us,)] = cursor.fetchall()
    return int(now_us)


def _idle() -> Any:
    return driver().pq.TransactionStatus.IDLE
