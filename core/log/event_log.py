"""The event log as everything else sees it. Way: outbox, relay -> append -> here -> poll -> worker.

A log has a fixed number of partitions. An entry's key (the player id) decides its partition
(`core.log.partitioning`), so the entries of one player keep the order they were appended in. Within
a partition offsets rise by one from 0, without gaps; an entry once read keeps its offset for good.

Readers of one *group* share the partitions: each partition is read by one reader of a group at a
time, except for the moment in which a reader that was thought dead still reads (a zombie). Reading
moves only the reader's own position; `commit` says from where the group goes on after a crash, so
what was read but not committed is read again. Appending is at least once: a caller that is not told
of success appends again, and readers drop the second entry by the event's id.

Three implementations keep these promises under one test suite: `sqlite_log`, `postgres_log` (both
an outbox table, also written inside a caller's transaction) and `kafka_log`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

SESSION_S = 30.0
UNSTAMPED = -1
"""In the place of an append instant the log does not know."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event to append.

    `key` is the player id, `value` the encoded event, `at_us` when it was recorded (UTC, in
    microseconds since 1970), which the SQL logs find it by; Kafka has its append instant only.
    """

    key: str
    value: bytes
    at_us: int


@dataclass(slots=True)
class Batch:
    """Entries in the order they were read, as columns of equal length.

    Offsets rise within a partition; the partitions may alternate. A key that is none is "".
    `appended_us` is the log's own word on when an entry was appended (UTC, microseconds since
    1970), the same whenever and by whom it is read; UNSTAMPED where a log does not know.
    """

    partition: list[int] = field(default_factory=list)
    offset: list[int] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    value: list[bytes] = field(default_factory=list)
    appended_us: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.offset)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The offsets a partition holds: `first <= offset < end`; equal when it is empty."""

    first: int
    end: int


class Listener:
    """Told of partitions that come and go, from inside `poll` and `close`; override what matters.

    An exception raised here leaves through `poll`.
    """

    def on_assign(self, starts: Mapping[int, int]) -> None:
        """Partitions were given to this reader, each with the offset it will read next.

        `seek` may be called here to start elsewhere.
        """

    def on_revoke(self, partitions: Sequence[int]) -> None:
        """Partitions are about to be given up: the last moment to make state durable and commit."""

    def on_lost(self, partitions: Sequence[int]) -> None:
        """Partitions are already another's (this reader was silent too long): drop, do not commit.

        What is written all the same does no harm: it is older than what the other writes.
        """


class Rereadable(Protocol):
    """Entries by offset, whoever reads them, without moving any position."""

    @property
    def partitions(self) -> int:
        """How many partitions the log has; fixed for its life."""
        ...

    def bounds(self, partition: int) -> Bounds:
        """Return the offsets the partition holds now."""
        ...

    def offset_at(self, partition: int, at_us: int) -> int:
        """Return the first offset recorded at or after the instant, or the end when there is none.

        Entries may be out of order in time; this is the first of them, so everything before it was
        recorded earlier. A log that goes by append times answers early, by what lay between.
        """
        ...

    def read_range(self, partition: int, start: int, stop: int) -> Iterator[Batch]:
        """Yield the entries with `start <= offset < stop`, in order, in batches.

        Offsets outside the bounds are no error: there is nothing at them.

        Raises:
            LogError: the log stopped answering before the range was read.
        """
        ...


class LogReader(Rereadable, Protocol):
    """One reader of a group; used by one thread at a time."""

    def poll(self, limit: int = 10_000, timeout_s: float = 0.1) -> Batch:
        """Return what comes next: at once when something is there, else within the time, empty.

        Also the reader's sign of life: one that does not poll for its session loses its partitions.

        Raises:
            LogError: the group's position is older than what the log still holds.
        """
        ...

    def assigned(self) -> dict[int, int]:
        """Return the partitions held and the next offset of each."""
        ...

    def seek(self, partition: int, offset: int) -> None:
        """Go on reading a held partition from that offset; nothing is committed by it.

        Raises:
            LogError: the partition is not held.
        """
        ...

    def committed(self) -> dict[int, int]:
        """Return where the group goes on after a crash, for the partitions held; 0 when nowhere."""
        ...

    def commit(self, positions: Mapping[int, int]) -> bool:
        """Note for the group, per partition, the next offset to read; durable when True.

        False means the partitions have gone to another reader or the log cannot be reached now.
        Neither needs care: a later commit, or the other reader's, says the same and more. It waits
        for an answer no longer than the session.
        """
        ...

    def lag(self) -> dict[int, int]:
        """Return how many entries stand between each held partition's position and its end."""
        ...

    def close(self) -> None:
        """Give up the partitions (`on_revoke`) and the group's seat; closing again does nothing."""
        ...


class EventLog(Rereadable, Protocol):
    """The log itself; appends may come from several threads."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Append in the order given; durable, and visible to readers, on return.

        Raises:
            LogError: not all entries are known to be durable; append them again.
        """
        ...

    def reader(
        self,
        group: str,
        listener: Listener | None = None,
        *,
        partitions: Sequence[int] | None = None,
        session_s: float = SESSION_S,
    ) -> LogReader:
        """Return a reader of the group; it holds nothing until its first `poll`.

        With `partitions` it reads exactly these and takes no part in sharing; otherwise the group's
        readers share all of them and hand over when one joins or leaves. `session_s` is how long a
        silent reader keeps what it holds.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections; closing again does nothing."""
        ...
