"""Scans landed facts for typologies. Way: warehouse (DuckDB) -> here -> core.aml -> its own desk.

Facts are read in the order they became known, kind by kind from sorted readers that are merged, so
that memory does not grow with the warehouse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Any

import duckdb

from core.aml.desk import keep_alerts, open_desk
from core.aml.policy import Policy, policies
from core.aml.told import READERS, Head, Told, told
from core.aml.watching import Alert, Watch
from core.events.registry import facts
from features.sources import fact_schema, open_warehouse

ROWS = 20_000
_ENVELOPE = "player_id, epoch_us(occurred_at), epoch_us(recorded_at), event_id::VARCHAR"


@dataclass(frozen=True, slots=True)
class Span:
    """From `since_us` to just before `until_us` (known time, UTC); null for no bound."""

    since_us: int | None = None
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan came to; `said_before` are patterns whose alert was there."""

    facts: int
    raised: tuple[Alert, ...]
    said_before: int


def scan(
    warehouse: Path,
    url: str,
    base_currency: str,
    span: Span,
    on_fact: Callable[[int], None] = lambda _: None,
) -> Scanned:
    """Scan a warehouse and keep what is new at the desk; alerts raised within a span.

    All facts known before the span's end are read: a pattern may have begun long ago.
    """
    watch = Watch(dict(policies()), base_currency)
    found: list[Alert] = []
    count = 0
    with open_warehouse(warehouse) as connection:
        for count, one in enumerate(facts_of(connection, span.until_us), 1):
            found += (a for a in watch.step(one) if a.raised_us >= (span.since_us or 0))
            if count % 1000 == 0:
                on_fact(count)
    engine = open_desk(url)
    try:
        with engine.begin() as connection_of_desk:
            fresh = keep_alerts(connection_of_desk, found)
    finally:
        engine.dispose()
    return Scanned(count, tuple(fresh), len(found) - len(fresh))


def fact_count(warehouse: Path, span: Span) -> int:
    """Return how many facts a scan will read, for a progress bar."""
    with open_warehouse(warehouse) as connection:
        counts = " UNION ALL ".join(
            f"SELECT count(*) AS n FROM {name}{_until(span.until_us)}" for name in READERS
        )
        row = connection.execute(f"SELECT sum(n) FROM ({counts})").fetchone()
        return 0 if row is None else int(row[0])


def facts_of(connection: duckdb.DuckDBPyConnection, until_us: int | None = None) -> Iterator[Told]:
    """Yield what the warehouse's facts say, in the order they became known."""
    vendors = frozenset(v for policy in policies().values() for v in policy.said.cash_vendors)
    kinds = (_facts_of_kind(connection.cursor(), name, until_us, vendors) for name in READERS)
    yield from merge(*kinds, key=lambda one: one.order)


def _facts_of_kind(
    cursor: duckdb.DuckDBPyConnection, name: str, until_us: int | None, vendors: frozenset[str]
) -> Iterator[Told]:
    schema = fact_schema(facts()[name])
    columns = [field for field in schema.names if field not in _OUT]
    listed = "".join(f', "{column}"' for column in columns)
    cursor.execute(
        f"SELECT {_ENVELOPE}{listed} FROM {name}{_until(until_us)} "
        "ORDER BY recorded_at, event_id::VARCHAR"
    )
    while rows := cursor.fetchmany(ROWS):
        for row in rows:
            one = _told(name, row, columns, vendors)
            if one is not None:
                yield one


_OUT = frozenset({"event_id", "player_id", "source", "occurred_at", "recorded_at"})


def _told(
    name: str, row: tuple[Any, ...], columns: list[str], vendors: frozenset[str]
) -> Told | None:
    player, occurred, recorded, event_id, *values = row
    head = Head(player, min(occurred, recorded), event_id, vendors)
    return told(name, dict(zip(columns, values, strict=True)), head, recorded)


def _until(until_us: int | None) -> str:
    return "" if until_us is None else f" WHERE epoch_us(recorded_at) < {until_us}"


def policy_of(jurisdiction: str) -> Policy:
    """Return a jurisdiction's policy."""
    return policies()[jurisdiction]
