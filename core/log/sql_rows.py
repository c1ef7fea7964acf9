"""Rows of the SQL logs, the same for SQLite and PostgreSQL. Way: sqlite_log, postgres_log -> here.

Statements are written with `?` for values and keep to what both databases understand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from core.clock import Clock
from core.log.event_log import Batch, Bounds, Entry
from core.log.partitioning import partition_of

RANGE_ROWS = 5_000
NEVER_US = -(2**63)  # older than every instant

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

Row = tuple[int, int, str, bytes, int, int, int]
"""Partition, offset, key, value, at_us, newest_us, appended_us."""


class SqlConnection(Protocol):
    """A connection in which every statement is a transaction of its own."""

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and return the rows it gives, if any."""
        ...

    def close(self) -> None:
        """Close it; closing again does nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a partition: its next offset, and the newest `at_us` so far."""

    end: int
    newest_us: int


def tables(value_type: str, table_end: str) -> list[str]:
    """Return the statements that make the tables, `table_end` closing those with a wide key."""
    group, number = "reader_group TEXT NOT NULL", "log_partition INTEGER NOT NULL"
    entry = (
        f"{number}, log_offset BIGINT NOT NULL, player_key TEXT NOT NULL,"
        f" value {value_type} NOT NULL, at_us BIGINT NOT NULL, newest_us BIGINT NOT NULL,"
        " appended_us BIGINT NOT NULL, PRIMARY KEY (log_partition, log_offset)"
    )
    columns = {
        "event_log": entry,
        "event_log_heads": f"{number} PRIMARY KEY, log_end BIGINT NOT NULL,"
        " newest_us BIGINT NOT NULL",
        "event_log_commits": f"{group}, {number}, next_offset BIGINT NOT NULL,"
        " PRIMARY KEY (reader_group, log_partition)",
        "event_log_leases": f"{group}, {number}, member TEXT NOT NULL, until_us BIGINT NOT NULL,"
        " PRIMARY KEY (reader_group, log_partition)",
        "event_log_seats": f"{group}, member TEXT NOT NULL, until_us BIGINT NOT NULL,"
        " PRIMARY KEY (reader_group, member)",
    }
    return [
        f"CREATE TABLE IF NOT EXISTS {name} ({columns}) {table_end}"
        for name, columns in columns.items()
    ]


def now_us(clock: Clock) -> int:
    """Return this instant in UTC microseconds."""
    return (clock.now() - _EPOCH) // _MICROSECOND


def place(
    entries: Sequence[Entry], heads: Mapping[int, Head], partitions: int, appended_us: int
) -> Iterator[Row]:
    """Yield the entries as rows with the offsets that follow the heads, in order."""
    ends = {number: head.end for number, head in heads.items()}
    newest = {number: head.newest_us for number, head in heads.items()}
    for entry in entries:
        number = partition_of(entry.key, partitions)
        newest[number] = max(newest[number], entry.at_us)
        yield (
            *(number, ends[number], entry.key, entry.value),
            *(entry.at_us, newest[number], appended_us),
        )
        ends[number] += 1


def new_heads(rows: Iterable[Row]) -> list[tuple[int, int, int]]:
    """Return, per partition written, the end and newest time after these rows, and its number."""
    last = {row[0]: row for row in rows}
    return [(row[1] + 1, row[5], number) for number, row in last.items()]


def read_rows(connection: SqlConnection, partition: int, start: int, limit: int) -> Batch:
    """Return at most `limit` entries of a partition from an offset on."""
    rows = connection.rows(
        "SELECT log_partition, log_offset, player_key, value, appended_us FROM event_log"
        " WHERE log_partition = ? AND log_offset >= ? ORDER BY log_offset LIMIT ?",
        *(partition, start, limit),
    )
    return Batch(*map(list, zip(*rows, strict=True))) if rows else Batch()


def read_range(connection: SqlConnection, partition: int, start: int, stop: int) -> Iterator[Batch]:
    """Yield the entries of a partition between two offsets."""
    while start < stop:
        batch = read_rows(connection, partition, start, min(RANGE_ROWS, stop - start))
        if not batch or batch.offset[0] >= stop:
            return
        yield batch
        start = batch.offset[-1] + 1


def bounds(connection: SqlConnection, partition: int) -> Bounds:
    """Return the offsets a partition holds."""
    [(end, first)] = connection.rows(
        "SELECT log_end, (SELECT min(log_offset) FROM event_log e WHERE e.log_partition = ?)"
        " FROM event_log_heads WHERE log_partition = ?",
        *(partition, partition),
    )
    return Bounds(end if first is None else first, end)


def offset_at(connection: SqlConnection, partition: int, at_us: int) -> int:
    """Return the first offset at or after an instant, by bisection: `newest_us` never falls."""
    held = bounds(connection, partition)
    low, high = held.first, held.end
    while low < high:
        middle = (low + high) // 2
        [(newest_us,)] = connection.rows(
            "SELECT newest_us FROM event_log WHERE log_partition = ? AND log_offset = ?",
            *(partition, middle),
        )
        low, high = (low, middle) if newest_us >= at_us else (middle + 1, high)
    return low
