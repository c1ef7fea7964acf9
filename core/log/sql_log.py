"""What an outbox table is whichever database holds it. Way: sqlite_log, postgres_log -> here."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from typing import Generic, TypeVar

from core.clock import Clock, SystemClock
from core.log import sql_rows
from core.log.event_log import SESSION_S, Batch, Bounds, Listener
from core.log.partitioning import agreed
from core.log.sql_group import SqlGroup
from core.log.sql_reader import SqlReader
from core.log.sql_rows import SqlConnection

C = TypeVar("C", bound=SqlConnection)


class SqlLog(ABC, Generic[C]):
    """The part of an `EventLog` that only reads; a subclass makes the tables and appends.

    `connect` gives readers a connection of their own; `clock` is whose word counts for leases.
    """

    def __init__(self, connect: Callable[[], SqlConnection], clock: Clock | None) -> None:
        self._connect, self._clock = connect, clock or SystemClock()
        self._writing = threading.Lock()

    @property
    def partitions(self) -> int:
        """How many partitions the log has."""
        return self._partitions

    def reader(
        self,
        group: str,
        listener: Listener | None = None,
        *,
        partitions: Sequence[int] | None = None,
        session_s: float = SESSION_S,
    ) -> SqlReader:
        """Return a reader of the group, on a connection of its own."""
        connection = self._connect()
        seat = SqlGroup(connection, group, self._partitions, self._clock, session_s, partitions)
        return SqlReader(connection, seat, listener or Listener())

    def bounds(self, partition: int) -> Bounds:
        """Return the offsets the partition holds now."""
        with self._writing:
            return sql_rows.bounds(self._own, partition)

    def offset_at(self, partition: int, at_us: int) -> int:
        """Return the first offset recorded at or after the instant."""
        with self._writing:
            return sql_rows.offset_at(self._own, partition, at_us)

    def read_range(self, partition: int, start: int, stop: int) -> Iterator[Batch]:
        """Yield the entries between two offsets."""
        with closing(self._connect()) as connection:
            yield from sql_rows.read_range(connection, partition, start, stop)

    def close(self) -> None:
        """Close the log's own connection."""
        self._own.close()

    def _take(self, own: C, asked: int | None, where: str) -> None:
        """Write on `own` from now on; make the tables if they are asked for and not there.

        It is closed again when there is no such log.
        """
        self._own = own
        with ExitStack() as opened:
            opened.callback(own.close)
            if self._found() == 0 and asked is not None:
                with self._alone():
                    self._make(asked)
            self._partitions = agreed(self._found(), asked, where)
            opened.pop_all()

    @abstractmethod
    def _alone(self) -> AbstractContextManager[object]:
        """Return a transaction in which nobody else makes the log."""

    @abstractmethod
    def _tables(self) -> list[str]:
        """Return the statements that make the tables."""

    @abstractmethod
    def _has_tables(self) -> bool:
        """Say whether the tables are there."""

    def _make(self, partitions: int) -> None:
        for statement in self._tables():
            self._own.rows(statement)
        if self._found() == 0:  # else another was quicker
            for number in range(partitions):
                values = (number, 0, sql_rows.NEVER_US)
                self._own.rows("INSERT INTO event_log_heads VALUES (?, ?, ?)", *values)

    def _found(self) -> int:
        if not self._has_tables():
            return 0
        [(count,)] = self._own.rows("SELECT count(*) FROM event_log_heads")
        return int(count)
