"""Reads a SQL log as one of a group. Way: rows in the log -> here -> poll -> worker."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping

from core.errors import LogError
from core.log import sql_rows
from core.log.event_log import Batch, Bounds, Listener
from core.log.sql_group import SqlGroup
from core.log.sql_rows import SqlConnection

_LOG = logging.getLogger(__name__)
_PAUSE_S = 0.005
_RENEWALS = 5  # a session; at most once a second


class SqlReader:
    """A `LogReader` on a connection of its own; it looks for new rows every few milliseconds."""

    def __init__(self, connection: SqlConnection, group: SqlGroup, listener: Listener) -> None:
        self._connection, self._group, self._listener = connection, group, listener
        self._next: dict[int, int] = {}
        self._first_in_turn = 0
        self._renew_at, self._renew_every = 0.0, min(1.0, group.session_s / _RENEWALS)
        self._idle = threading.Event()  # never set: waiting on it is a pause
        self._is_open = True

    @property
    def partitions(self) -> int:
        """How many partitions the log has."""
        return self._group.partitions

    def poll(self, limit: int = 10_000, timeout_s: float = 0.1) -> Batch:
        """Return what comes next."""
        deadline = time.monotonic() + timeout_s
        while True:
            if time.monotonic() >= self._renew_at:
                self._renew()
            batch = self._read(limit)
            left = deadline - time.monotonic()
            if batch or left <= 0:
                return batch
            self._idle.wait(min(_PAUSE_S, left))

    def assigned(self) -> dict[int, int]:
        """Return the partitions held and the next offset of each."""
        return dict(self._next)

    def seek(self, partition: int, offset: int) -> None:
        """Go on reading a held partition from that offset."""
        if partition not in self._next:
            raise LogError(f"partition {partition} is not held", expected=f"of {[*self._next]}")
        self._next[partition] = offset

    def committed(self) -> dict[int, int]:
        """Return where the group goes on, for the partitions held."""
        return self._group.positions(self._next)

    def commit(self, positions: Mapping[int, int]) -> bool:
        """Note the group's positions; False when one is another reader's by now, or no answer."""
        try:
            return self._group.commit(positions)
        except LogError as error:
            _LOG.warning("commit of group %s: %s", self._group.name, error)
            return False

    def lag(self) -> dict[int, int]:
        """Return how many entries are still to be read, per partition held."""
        return {number: self.bounds(number).end - at for number, at in self._next.items()}

    def bounds(self, partition: int) -> Bounds:
        """Return the offsets the partition holds now."""
        return sql_rows.bounds(self._connection, partition)

    def offset_at(self, partition: int, at_us: int) -> int:
        """Return the first offset recorded at or after the instant."""
        return sql_rows.offset_at(self._connection, partition, at_us)

    def read_range(self, partition: int, start: int, stop: int) -> Iterator[Batch]:
        """Yield the entries between two offsets."""
        return sql_rows.read_range(self._connection, partition, start, stop)

    def close(self) -> None:
        """Give up the partitions and the seat."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._give_up([*self._next])
            self._group.leave()
        finally:
            self._connection.close()

    def _renew(self) -> None:
        turn = self._group.renew(self._next)
        self._renew_at = time.monotonic() + self._renew_every
        if turn.lost:
            self._forget(turn.lost)
            self._listener.on_lost(turn.lost)
        if turn.surplus:
            self._give_up(turn.surplus)
        if turn.gained:
            self._next.update(turn.gained)
            self._listener.on_assign(turn.gained)

    def _give_up(self, partitions: list[int]) -> None:
        if partitions:
            self._listener.on_revoke(partitions)
        self._forget(partitions)
        self._group.give_up(partitions)

    def _forget(self, partitions: list[int]) -> None:
        for number in partitions:
            del self._next[number]

    def _read(self, limit: int) -> Batch:
        """Read each held partition in turn, beginning with another one each time."""
        held = sorted(self._next)
        start = self._first_in_turn % len(held) if held else 0
        self._first_in_turn = start + 1
        batch = Batch()
        for number in held[start:] + held[:start]:
            if len(batch) < limit:
                self._extend(batch, number, limit - len(batch))
        return batch

    def _extend(self, batch: Batch, number: int, limit: int) -> None:
        rows = sql_rows.read_rows(self._connection, number, self._next[number], limit)
        if rows:
            self._next[number] = rows.offset[-1] + 1
            batch.partition += rows.partition
            batch.offset += rows.offset
            batch.key += rows.key
            batch.value += rows.value
            batch.appended_us += rows.appended_us
