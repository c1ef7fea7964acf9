"""Facts of a warehouse as Spark views. Way: warehouse files -> here -> features.spark_frame.

The same files (those the manifest names), the same columns and the same base-currency amounts as
`features.sources` gives DuckDB, by the same SQL, carried over. What Spark must be told:

    schema      given, not inferred: Spark refuses a UUID in Parquet unless it is asked for as bytes
    event_id    becomes the text DuckDB writes of a UUID, so that ties are broken alike
    old files   a column that came later is null or has its default, as in DuckDB
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from core.events.fact import Fact
from core.events.registry import facts
from features.dialect import in_dialect
from features.manifest import live_files, read_manifest
from features.sources import (
    base_columns,
    columns_digest,
    duckdb_type,
    evolved_column,
    fact_schema,
    facts_in,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

_UUID_DIGITS, _UUID_TEXT = "^(.{8})(.{4})(.{4})(.{4})(.{12})$", "$1-$2-$3-$4-$5"


def register_facts(session: SparkSession, warehouse: Path, names: Iterable[str]) -> None:
    """Make a temporary view per fact; a fact never landed is an empty one.

    Args:
        session: a session whose time zone is UTC; its views of these names are replaced.
        warehouse: the folder `features.sources.open_warehouse` reads.
        names: the facts wanted.

    Raises:
        SourceError: the manifest is not readable, or the files lack a column they must have.
    """
    manifest = read_manifest(warehouse)
    for name in sorted(set(names)):
        fact = facts()[name]
        frame = _facts_in(session, fact, live_files(warehouse, name, manifest))
        base = [f"{sql} AS {column}" for column, sql in base_columns(fact).items()]
        _select(frame, ["*", *base]).createOrReplaceTempView(name)


def _facts_in(
    session: SparkSession, fact: type[Fact], files: Mapping[Path, str | None]
) -> DataFrame:
    """Return the columns of a fact, as `features.sources.facts_in` does for DuckDB."""
    if not files:
        return session.sql(in_dialect(facts_in(fact, {}), "spark"))
    groups = [_read(session, fact, *group) for group in _by_schema(fact, files)]
    union = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), groups)
    if set(files.values()) == {columns_digest(fact)}:
        return union
    present = set(union.columns)
    return _select(union, [evolved_column(fact, field, present) for field in fact_schema(fact)])


def _by_schema(
    fact: type[Fact], files: Mapping[Path, str | None]
) -> Iterable[tuple[pa.Schema, list[Path]]]:
    """Group files by what they hold; only those not of today have to be opened for it."""
    wanted, groups = fact_schema(fact), dict[tuple[pa.Field, ...], list[Path]]()
    for path, digest in files.items():
        held = wanted if digest == columns_digest(fact) else pq.read_schema(path)
        fields = tuple(f.remove_metadata() for f in held if f.name in wanted.names)
        groups.setdefault(fields, []).append(path)
    return [(pa.schema(fields), paths) for fields, paths in groups.items()]


def _read(session: SparkSession, fact: type[Fact], held: pa.Schema, paths: list[Path]) -> DataFrame:
    """Read files of one schema, every column in the type the fact declares."""
    frame = session.read.schema(_spark_schema(held)).parquet(*map(_literal, paths))
    if "event_id" in held.names:
        kind = held.field("event_id").type
        digits = "hex(event_id)" if _is_bytes(kind) else "replace(event_id, '-', '')"
        text = f"regexp_replace(lower({digits}), '{_UUID_DIGITS}', '{_UUID_TEXT}')"
        frame = frame.selectExpr(f"{text} AS event_id", *frame.drop("event_id").columns)
    wanted = fact_schema(fact)
    return _select(frame, [f"{n}::{duckdb_type(wanted.field(n).type)} AS {n}" for n in held.names])


def _select(frame: DataFrame, columns: Iterable[str]) -> DataFrame:
    """Select columns written in DuckDB's SQL."""
    return frame.selectExpr(*(in_dialect(column, "spark") for column in columns))


def _spark_schema(held: pa.Schema) -> StructType:
    from pyspark.sql.pandas.types import from_arrow_type
    from pyspark.sql.types import BinaryType, StructField, StructType

    kinds = ((f.name, BinaryType() if _is_bytes(f.type) else from_arrow_type(f.type)) for f in held)
    return StructType([StructField(name, kind) for name, kind in kinds])


def _literal(path: Path) -> str:
    """Return a path that Spark does not take for a pattern."""
    return re.sub(r"([\\{}\[\]*?,^])", r"\\\1", path.as_posix())


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(kind == pa.uuid() or pa.types.is_fixed_size_binary(kind))
