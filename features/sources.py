"""Facts as tables. Way: core.events -> here -> warehouse files, feature SQL.

Every fact is one table `<fact>` with the envelope columns

    event_id     UUID, the dedupe key, unique in the warehouse
    player_id    VARCHAR, the event's subject (a table id for `live` facts)
    source       VARCHAR, operator/brand/system
    occurred_at  TIMESTAMP (UTC, microseconds), business time, clamped to `recorded_at`
    recorded_at  TIMESTAMP (UTC, microseconds), when the fact became known

then one column per data field of the fact. The fact views of `open_warehouse` add, for every
`<x>_minor` of a money fact, `<x>_base_minor` = round half up of `<x>_minor` in base-currency minor
units, in integers only.
"""

from __future__ import annotations

import hashlib
import types
import typing
from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from core.errors import DeclarationError, SourceError
from core.events.fact import Fact, MoneyFact
from core.events.registry import facts
from features.manifest import Manifest, live_files, read_manifest

INSTANT = pa.timestamp("us")
ENVELOPE: list[pa.Field] = [
    pa.field("event_id", pa.uuid(), nullable=False),
    pa.field("player_id", pa.string(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("occurred_at", INSTANT, nullable=False),
    pa.field("recorded_at", INSTANT, nullable=False),
]
_ARROW = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), float: pa.float64(),
          datetime: INSTANT}  # fmt: skip


@cache
def fact_schema(fact: type[Fact]) -> pa.Schema:
    """Return the table of a fact: envelope columns, then its data fields in their order."""
    hints = typing.get_type_hints(fact)
    fields = [_field(name, hints[name]) for name in fact.__struct_fields__]
    return pa.schema([*ENVELOPE, *fields])


def _field(name: str, hint: object) -> pa.Field:
    options = [h for h in typing.get_args(hint) if h is not type(None)]
    is_union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    nullable = is_union and type(None) in typing.get_args(hint)
    plain = options[0] if nullable else hint
    if typing.get_origin(plain) is typing.Literal:
        plain = str
    if plain not in _ARROW:
        raise DeclarationError(f"field {name} has type {hint}", expected="a flat scalar type")
    return pa.field(name, _ARROW[typing.cast("type", plain)], nullable=nullable)


def open_warehouse(
    warehouse: Path, *, database: str = ":memory:", threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Open DuckDB with one view per fact of the contract; a fact never landed is an empty table."""
    connection = duckdb.connect(database)
    connection.execute("SET TimeZone = 'UTC'")
    if threads is not None:
        connection.execute(f"SET threads = {threads}")
    manifest = read_manifest(warehouse)
    for name, fact in facts().items():
        select = _select(warehouse, name, fact, manifest)
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS {select}")
    return connection


def _select(warehouse: Path, name: str, fact: type[Fact], manifest: Manifest) -> str:
    base = "".join(f", {sql} AS {column}" for column, sql in base_columns(fact).items())
    source = facts_in(fact, live_files(warehouse, name, manifest))
    return f"SELECT *{base} FROM ({source})"


def base_columns(fact: type[Fact]) -> dict[str, str]:
    """Return the SQL of each base-currency amount of a money fact, by its column's name."""
    if not issubclass(fact, MoneyFact):
        return {}
    money = [f.name for f in fact_schema(fact) if f.name.endswith("_minor")]
    return {f"{c[:-6]}_base_minor": f"({c} * exchange_rate_e6 + 500000) // 1000000" for c in money}


def facts_in(fact: type[Fact], files: Mapping[Path, str | None]) -> str:
    """Return the select of a fact's columns from files with the digests of their columns.

    Files of several ages, or of unknown age, are read so that a column a file lacks is null or the
    field's default.
    """
    schema = fact_schema(fact)
    if not files:
        nulls = ", ".join(f"NULL::{duckdb_type(f.type)} AS {f.name}" for f in schema)
        return f"SELECT {nulls} WHERE false"
    if set(files.values()) == {columns_digest(fact)}:
        return f"SELECT {', '.join(schema.names)} FROM {parquet_scan(files)}"
    union = parquet_scan(files, "union_by_name = true")
    with duckdb.connect() as connection:
        rows = connection.execute(f"DESCRIBE SELECT * FROM {union}").fetchall()
    present = {row[0] for row in rows}
    columns = ", ".join(evolved_column(fact, field, present) for field in schema)
    return f"SELECT {columns} FROM {union}"


def evolved_column(fact: type[Fact], field: pa.Field, present: Set[str]) -> str:
    """Return the SQL of one column of a fact from files that may be older than the field.

    Raises:
        SourceError: the files lack a column that has no default and may not be null.
    """
    kind = duckdb_type(field.type)
    default = defaults_sql(fact).get(field.name)
    if field.name in present:
        value = f"{field.name}::{kind}"
        filled = value if default is None else f"coalesce({value}, {default}::{kind})"
        return f"{filled} AS {field.name}"
    if default is None and not field.nullable:
        raise SourceError(
            f"the files of {fact.__name__} lack the column {field.name}",
            expected=f"the columns {', '.join(fact_schema(fact).names)}",
            hint="a field added to a fact must be nullable or have a default",
        )
    return f"{default or 'NULL'}::{kind} AS {field.name}"


def defaults_sql(fact: type[Fact]) -> dict[str, str]:
    """Return the defaults other than null, as SQL literals."""
    found = {f.encode_name: f.default for f in msgspec.structs.fields(fact)}
    return {
        name: "'" + str(value).replace("'", "''") + "'"
        for name, value in found.items()
        if value is not None and value is not msgspec.NODEFAULT
    }


@cache
def columns_digest(fact: type[Fact]) -> str:
    """Return a short digest of a fact's columns; it changes when a field is added."""
    text = ";".join(f"{f.name} {f.type}" for f in fact_schema(fact))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def parquet_scan(files: Iterable[Path], *options: str) -> str:
    """Return the DuckDB table function that reads these files."""
    quoted = ", ".join("'" + path.as_posix().replace("'", "''") + "'" for path in files)
    return f"read_parquet({', '.join((f'[{quoted}]', 'hive_partitioning = false', *options))})"


def duckdb_type(arrow: pa.DataType) -> str:
    """Return the DuckDB name of a column type."""
    names = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.bool_(): "BOOLEAN",
             pa.float64(): "DOUBLE", INSTANT: "TIMESTAMP", pa.uuid(): "UUID"}  # fmt: skip
    return names[arrow]
