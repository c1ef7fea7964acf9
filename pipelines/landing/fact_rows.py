"""Events as rows of working tables, a table per fact. Way: decoded events -> here -> settle.

A table is filled in batches, so memory does not grow with the source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb
import msgspec
import pyarrow as pa

from core.events.envelope import Event
from core.events.registry import fact_name, facts
from features.sources import fact_schema
from pipelines.landing.adapter import Candidates
from pipelines.landing.checks import reason_sql

BATCH = 50_000
Place = tuple[str, int, int]
"""Where an event stood: source, line (or message) from 1, offset."""
_PLACE = [pa.field("_file", pa.string()), pa.field("_row", pa.int64()),
          pa.field("_offset", pa.int64())]  # fmt: skip


@dataclass(slots=True)
class FactRows:
    """Rows waiting for their working tables, by fact."""

    connection: duckdb.DuckDBPyConnection
    rows: dict[str, list[tuple[object, ...]]] = field(default_factory=lambda: defaultdict(list))
    tables: set[str] = field(default_factory=set)

    def add(self, event: Event, place: Place) -> None:
        """Take an event that stood at a place."""
        name = fact_name(type(event.fact))
        values = (_plain(value) for value in msgspec.structs.astuple(event.fact))
        envelope = (event.id.bytes, event.subject, event.source, _plain(event.time))
        self.rows[name].append((*envelope, _plain(event.recorded), *values, *place))
        if len(self.rows[name]) >= BATCH:
            self._flush(name)

    def candidates(self) -> Iterator[Candidates]:
        """Yield the candidates of every fact there was an event of."""
        for name in list(self.rows):
            self._flush(name)
        for name in sorted(self.tables):
            yield Candidates(name, _select(name))

    def _flush(self, name: str) -> None:
        schema = pa.schema([*fact_schema(facts()[name]), *_PLACE])
        columns = zip(*self.rows.pop(name), strict=True)
        arrays = [_array(list(c), f.type) for c, f in zip(columns, schema, strict=True)]
        batch = pa.Table.from_arrays(arrays, names=schema.names)
        self.connection.register("batch_of_events", batch)
        table = f"events_of_{name}"
        verb = f"INSERT INTO {table}" if name in self.tables else f"CREATE TEMP TABLE {table} AS"
        self.connection.execute(f"{verb} SELECT * FROM batch_of_events")
        self.connection.unregister("batch_of_events")
        self.tables.add(name)


def _select(name: str) -> str:
    columns = fact_schema(facts()[name]).names
    whole = ", ".join(f"{column} := {column}" for column in columns)
    return (
        f"SELECT {', '.join(columns)}, _reason, _file, _row, _offset, CASE WHEN _reason "
        f"IS NOT NULL THEN to_json(struct_pack({whole}))::VARCHAR END AS _raw "
        f"FROM (SELECT *, {reason_sql(facts()[name])} AS _reason FROM events_of_{name})"
    )


def _plain(value: object) -> object:
    """Return an instant as the naive UTC the tables hold; anything else as it is."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def _array(values: list[object], kind: pa.DataType) -> pa.Array:
    if kind == pa.uuid():
        return pa.ExtensionArray.from_storage(kind, pa.array(values, pa.binary(16)))
    return pa.array(values, kind)
