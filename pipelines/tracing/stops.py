"""The stops of one event, each asked of the place itself. Way: `evenhand trace` -> here.

    ledger      the movement it tells of          when the request came
    rules       what the player's pack said       in the same transaction
    event log   partition and offset              when it was appended
    states      a worker has read past it         at the latest when the worker said so
    alerts      what was said of the player       at that offset
    warehouse   the file it landed in             when the file was written

A stop that cannot be asked says so; one the event has not reached has no time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
from sqlalchemy import select

from core.errors import EvenhandError, NotReadyError
from core.events.registry import event_type, fact_name, facts
from core.ledger.reading import reading
from core.ledger.relay import event_id
from core.ledger.rows import Movement
from core.ledger.schema import table_of
from core.log.event_log import EventLog
from core.log.open_log import open_log
from core.settings import Settings
from features.sources import open_warehouse
from features.state_store import open_states
from pipelines.stream.durable_lines import whole_lines
from pipelines.stream.hooks import Alert
from pipelines.stream.settings import StreamSettings
from pipelines.tracing.rules import said_of

SEARCHED = 200_000
"""Entries of a partition looked through behind the event's instant."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stop:
    """A place; `at` is None where the event is not there (yet), `said` what is known."""

    name: str
    at: datetime | None
    said: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the log holds it."""

    partition: int
    offset: int
    player: str
    type: str
    appended_us: int


class _Line(msgspec.Struct):
    id: str
    type: str
    subject: str


def millisecond_us(event: UUID) -> int:
    """Return the instant in an id of version 7 (UTC microseconds, whole milliseconds).

    Raises:
        NotReadyError: the id is of another version: it holds no instant.
    """
    if event.version != 7:
        raise NotReadyError(
            f"{event} is of version {event.version}", expected="an id of version 7",
            hint="imported events have ids derived from their source; look in the warehouse",
        )  # fmt: skip
    return (event.int >> 80) * 1_000


def stops_of(event: UUID, stream: StreamSettings, ledger: str) -> Iterator[Stop]:
    """Yield the stops in the order of the way."""
    settings = stream.settings
    try:
        yield from _in_ledger(event, ledger)
    except EvenhandError as error:
        yield Stop("ledger", None, str(error))
    entry: Entry | None = None
    try:
        with closing(open_log(stream.log)) as log:
            entry = found_in_log(event, log)
    except EvenhandError as error:
        yield Stop("event log", None, str(error))
        return
    if entry is None:
        yield Stop("event log", None, "not there")
        return
    place = f"partition {entry.partition}, offset {entry.offset}: {entry.type}"
    yield Stop("event log", _at(entry.appended_us), place)
    yield _in_states(entry, stream.states)
    yield from _alerts(entry, stream.alerts)
    yield _in_warehouse(event, entry, settings)


def found_in_log(event: UUID, log: EventLog) -> Entry | None:
    """Return where a log holds an event, None if it does not, near the instant its id tells."""
    name, start_us = str(event), millisecond_us(event)
    for partition in range(log.partitions):
        start = log.offset_at(partition, start_us)
        stop = min(start + SEARCHED, log.bounds(partition).end)
        for batch in log.read_range(partition, start, stop):
            for place, value in enumerate(batch.value):
                if name.encode() in value and msgspec.json.decode(value, type=_Line).id == name:
                    line = msgspec.json.decode(value, type=_Line)
                    offset, appended = batch.offset[place], batch.appended_us[place]
                    return Entry(partition, offset, line.subject, line.type, appended)
    return None


def _in_ledger(event: UUID, ledger: str) -> Iterator[Stop]:
    movements, from_us = table_of(Movement), millisecond_us(event)
    near = select(movements).where(
        movements.c.at_us >= from_us, movements.c.at_us < from_us + 1_000
    )
    with reading(ledger) as connection:
        for row in connection.execute(near):
            if event_id(row.player, row.id, row.at_us) == event:
                said = f"movement {row.id}: {row.provider} {row.operation} {row.transaction_id}"
                yield Stop("ledger", _at(row.at_us), f"{said}, trace {row.trace_id or '-'}")
                for word in said_of(connection, row):
                    yield Stop("rules", _at(row.at_us), word)
                return
    yield Stop("ledger", None, "no movement tells of it")


def _in_states(entry: Entry, states: str) -> Stop:
    with closing(open_states(states)) as store:
        generation = store.live_generation()
        beats = store.heartbeats(generation) if generation else []
    beat = next((beat for beat in beats if beat.partition == entry.partition), None)
    if beat is None or beat.offset <= entry.offset:
        return Stop("states", None, "no worker has told of it yet")
    return Stop("states", _at(beat.wall_us), f"in generation {generation}, at the latest by then")


def _alerts(entry: Entry, path: Path) -> Iterator[Stop]:
    if not path.is_file():
        return
    for line in whole_lines(path):
        alert = msgspec.json.decode(line, type=Alert)
        if (alert.partition, alert.offset) == (entry.partition, entry.offset):
            yield Stop("alerts", _at(alert.known_us), f"{alert.rule}: {alert.said}")


def _in_warehouse(event: UUID, entry: Entry, settings: Settings) -> Stop:
    fact = next((fact_name(f) for f in facts().values() if event_type(f) == entry.type), None)
    if fact is None:
        return Stop("warehouse", None, f"nobody declared {entry.type}")
    folder = settings.warehouse / fact
    with closing(open_warehouse(settings.warehouse, threads=1)) as connection:
        found = connection.execute(
            f"SELECT recorded_at FROM {fact} WHERE event_id = ?::UUID", [str(event)]
        ).fetchall()
    if not found:
        return Stop("warehouse", None, "not landed yet")
    files = sorted(folder.glob("*/*.parquet"), key=lambda path: path.stat().st_mtime)
    landed = next((path for path in files if _holds(path, event)), None)
    if landed is None:
        return Stop("warehouse", None, f"a row of {fact}")
    at = datetime.fromtimestamp(landed.stat().st_mtime, UTC)
    return Stop("warehouse", at, landed.relative_to(settings.warehouse).as_posix())


def _holds(path: Path, event: UUID) -> bool:
    import duckdb

    with closing(duckdb.connect()) as connection:
        found = connection.execute(
            "SELECT count(*) FROM read_parquet(?) WHERE event_id = ?::UUID",
            [path.as_posix(), str(event)],
        ).fetchall()
    return bool(found[0][0])


def _at(us: int) -> datetime | None:
    return _EPOCH + timedelta(microseconds=us) if us >= 0 else None
