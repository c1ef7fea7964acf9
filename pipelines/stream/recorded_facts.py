"""An operator's facts as events, in the order they became known. Way: files -> here -> feed.

One month at a time, so that memory does not grow with history; within a month the facts of each
kind come sorted from DuckDB and are merged.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import duckdb

from core.errors import NotReadyError
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.registry import facts
from features.manifest import live_files, read_manifest
from features.sources import fact_schema, facts_in

_AT_ONCE = 2_000
_ENVELOPE = ("event_id", "player_id", "source", "occurred_at", "recorded_at")


@dataclass(frozen=True, slots=True)
class Span:
    """Facts recorded from `since` on and before `until` (UTC); open where null."""

    since: datetime | None = None
    until: datetime | None = None


def facts_of_warehouse(warehouse: Path) -> dict[str, str]:
    """Return, per kind of fact, the select of what has landed."""
    manifest = read_manifest(warehouse)
    return {
        name: facts_in(fact, live_files(warehouse, name, manifest))
        for name, fact in facts().items()
    }


def facts_of_folder(raw: Path) -> dict[str, str]:
    """Return, per kind of fact, the select of `<raw>/<fact>/*.parquet`, repetitions and all."""
    files = {name: sorted((raw / name).glob("*.parquet")) for name in facts()}
    return {name: facts_in(fact, dict.fromkeys(files[name])) for name, fact in facts().items()}


@dataclass(frozen=True, slots=True)
class RecordedFacts:
    """Selects per kind of fact, read in the order of `recorded_at`."""

    connection: duckdb.DuckDBPyConnection
    selects: Mapping[str, str]
    span: Span = Span()

    def months(self) -> list[tuple[datetime, int]]:
        """Return the months (UTC) that hold facts of the span, with how many.

        Raises:
            NotReadyError: there is none.
        """
        union = " UNION ALL ".join(
            f"SELECT date_trunc('month', recorded_at)::TIMESTAMP AS m FROM ({select}) "
            f"WHERE {self._within()}"
            for select in self.selects.values()
        )
        query = f"SELECT m, count(*) FROM ({union}) GROUP BY m ORDER BY m"
        found = self.connection.execute(query).fetchall()
        if not found:
            raise NotReadyError(
                "there is no fact to feed", expected="landed facts, or a folder of raw ones",
                hint="run `evenhand simulate` and `evenhand land`, or name your own folder",
            )  # fmt: skip
        return [(month, int(count)) for month, count in found]

    def of_month(self, month: datetime) -> Iterator[Event]:
        """Yield the events of a month, earliest known first (then by id)."""
        streams = [self._of_kind(name, month) for name in self.selects]
        return heapq.merge(*streams, key=lambda event: (event.recorded, event.id))

    def _of_kind(self, name: str, month: datetime) -> Iterator[Event]:
        fact, columns = facts()[name], fact_schema(facts()[name]).names
        query = (
            f"SELECT {', '.join(columns)} FROM ({self.selects[name]}) "
            f"WHERE date_trunc('month', recorded_at)::TIMESTAMP = ? AND {self._within()} "
            "ORDER BY recorded_at, event_id"
        )
        rows = self.connection.cursor().execute(query, [month])
        while part := rows.fetchmany(_AT_ONCE):
            for row in part:
                yield _event(fact, columns[len(_ENVELOPE) :], row)

    def _within(self) -> str:
        since, until = self.span.since, self.span.until
        bounds = [f"recorded_at >= {_literal(since)}"] if since else []
        bounds += [f"recorded_at < {_literal(until)}"] if until else []
        return " AND ".join(bounds) or "true"


def _event(fact: type[Fact], names: list[str], row: tuple[object, ...]) -> Event:
    identity, player, source, occurred, recorded, *cells = row
    given = {name: _value(cell) for name, cell in zip(names, cells, strict=True)}
    return Event(
        id=identity if isinstance(identity, UUID) else UUID(str(identity)),
        source=str(source),
        subject=str(player),
        time=_instant(occurred),
        recorded=_instant(recorded),
        fact=fact(**given),
    )


def _value(cell: object) -> object:
    return _instant(cell) if isinstance(cell, datetime) else cell


def _instant(at: object) -> datetime:
    if not isinstance(at, datetime):
        raise TypeError(f"{at!r} is no instant")
    return at.replace(tzinfo=UTC)


def instant_of(at_us: int) -> datetime:
    """Return UTC microseconds as an instant."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)


def _literal(at: datetime) -> str:
    return f"TIMESTAMP '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
