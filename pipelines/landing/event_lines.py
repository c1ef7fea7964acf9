"""Reads events line by line. Way: NDJSON -> core.events.stream_file -> here -> settle.

Each fact has a working table that is filled in batches, so memory does not grow with the file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from core.events.dead_letter import DeadLetter
from core.events.envelope import Event, UnknownEvent
from core.events.registry import fact_name, facts
from core.events.stream_file import Decoder, Placed, read_events
from core.events.stream_file import Tally as LineTally
from features.sources import fact_schema
from pipelines.landing.adapter import Candidates, Found, Intake
from pipelines.landing.checks import reason_sql
from pipelines.landing.counts import Tally
from pipelines.landing.tables import table_files

BATCH = 50_000
SUFFIXES = (".ndjson", ".jsonl")
UNREADABLE = "(unreadable)"
_PLACE = [pa.field("_file", pa.string()), pa.field("_row", pa.int64()),
          pa.field("_offset", pa.int64())]  # fmt: skip


@dataclass(slots=True)
class _Buffers:
    """Rows waiting for their working tables, by fact."""

    connection: duckdb.DuckDBPyConnection
    rows: dict[str, list[tuple[object, ...]]] = field(default_factory=lambda: defaultdict(list))
    tables: set[str] = field(default_factory=set)

    def add(self, path: Path, placed: Placed, event: Event) -> None:
        name = fact_name(type(event.fact))
        values = (_plain(value) for value in msgspec.structs.astuple(event.fact))
        envelope = (event.id.bytes, event.subject, event.source, _plain(event.time))
        place = (path.as_posix(), placed.line, placed.offset)
        self.rows[name].append((*envelope, _plain(event.recorded), *values, *place))
        if len(self.rows[name]) >= BATCH:
            self.flush(name)

    def flush(self, name: str) -> None:
        schema = pa.schema([*fact_schema(facts()[name]), *_PLACE])
        columns = zip(*self.rows.pop(name), strict=True)
        arrays = [_array(list(c), f.type) for c, f in zip(columns, schema, strict=True)]
        batch = pa.Table.from_arrays(arrays, names=schema.names)
        self.connection.register("batch_of_lines", batch)
        table = f"lines_of_{name}"
        verb = f"INSERT INTO {table}" if name in self.tables else f"CREATE TEMP TABLE {table} AS"
        self.connection.execute(f"{verb} SELECT * FROM batch_of_lines")
        self.connection.unregister("batch_of_lines")
        self.tables.add(name)


def line_candidates(intake: Intake, decoder: Decoder) -> Iterator[Found]:
    """Yield the candidates of every fact in the files, and the counts of the other lines."""
    buffers, counts = _Buffers(intake.connection), LineTally()
    unknown = intake.dead_letter.with_suffix(".unknown.jsonl")
    with DeadLetter(intake.dead_letter) as refused, DeadLetter(unknown) as kept:
        for path in table_files(intake.paths, SUFFIXES):
            for placed in read_events(path, refused, counts, decoder):
                if isinstance(placed.event, UnknownEvent):
                    refusal = f"no fact is called {placed.event.type}"
                    place = (path.as_posix(), placed.line, placed.offset)
                    kept.reject(placed.event.raw, refusal, *place)
                else:
                    buffers.add(path, placed, placed.event)
    for name in list(buffers.rows):
        buffers.flush(name)
    yield Tally(fact=UNREADABLE, rejected=counts.rejected)
    for kind, count in sorted(counts.unknown.items()):
        yield Tally(fact=kind, unknown=count)
    for name in sorted(buffers.tables):
        yield Candidates(name, _select(name))


def _select(name: str) -> str:
    columns = fact_schema(facts()[name]).names
    whole = ", ".join(f"{column} := {column}" for column in columns)
    return (
        f"SELECT {', '.join(columns)}, _reason, _file, _row, _offset, CASE WHEN _reason "
        f"IS NOT NULL THEN to_json(struct_pack({whole}))::VARCHAR END AS _raw "
        f"FROM (SELECT *, {reason_sql(facts()[name])} AS _reason FROM lines_of_{name})"
    )


def _plain(value: object) -> object:
    """Return an instant as the naive UTC the tables hold; anything else as it is."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def _array(values: list[object], kind: pa.DataType) -> pa.Array:
    if kind == pa.uuid():
        return pa.ExtensionArray.from_storage(kind, pa.array(values, pa.binary(16)))
    return pa.array(values, kind)
