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

import types
import typing
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from core.errors import DeclarationError
from core.events.fact import Fact, MoneyFact
from core.events.registry import facts

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
    for name, fact in facts().items():
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS {_select(warehouse, name, fact)}")
    return connection


def _select(warehouse: Path, name: str, fact: type[Fact]) -> str:
    schema = fact_schema(fact)
    money = [f.name for f in schema if f.name.endswith("_minor")]
    base = "".join(
        f", ({c} * exchange_rate_e6 + 500000) // 1000000 AS {c[:-6]}_base_minor"
        for c in money
        if issubclass(fact, MoneyFact)
    )
    folder = warehouse / name
    if any(folder.glob("*/*.parquet")):
        columns = ", ".join(schema.names)
        pattern = (folder / "*" / "*.parquet").as_posix().replace("'", "''")
        source = f"SELECT {columns} FROM read_parquet('{pattern}', hive_partitioning = false)"
    else:
        nulls = ", ".join(f"NULL::{_duckdb_type(f.type)} AS {f.name}" for f in schema)
        source = f"SELECT {nulls} WHERE false"
    return f"SELECT *{base} FROM ({source})"


def _duckdb_type(arrow: pa.DataType) -> str:
    names = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.bool_(): "BOOLEAN",
             pa.float64(): "DOUBLE", INSTANT: "TIMESTAMP", pa.uuid(): "UUID"}  # fmt: skip
    return names[arrow]
