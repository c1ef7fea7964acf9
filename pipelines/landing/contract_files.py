"""Reads Parquet in the contract's columns. Way: <raw>/<fact>/*.parquet -> here -> settle.

Files may be older than the fact: a column that came later is filled with its default, or null.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from core.errors import SourceError
from core.events.fact import Fact
from core.events.registry import facts
from features.sources import evolved_column, fact_schema, parquet_scan
from pipelines.landing.adapter import Candidates, Found, Intake, Strays
from pipelines.landing.checks import reason_sql

_SCAN_OPTIONS = ("union_by_name = true", "filename = true", "file_row_number = true")


def contract_candidates(intake: Intake) -> Iterator[Found]:
    """Yield the candidates of every fact that has a folder of Parquet files in the sources."""
    for folder, files in _fact_folders(intake.paths):
        if folder.name in facts():
            yield Candidates(folder.name, _select(intake.connection, facts()[folder.name], files))
        else:
            yield Strays(folder.name, _unknown(folder.name, files), is_unknown=True)


def _fact_folders(paths: tuple[Path, ...]) -> list[tuple[Path, list[Path]]]:
    found = []
    for path in paths:
        inside = (
            sorted(child for child in path.iterdir() if child.is_dir()) if path.is_dir() else []
        )
        parquet = [(folder, sorted(folder.rglob("*.parquet"))) for folder in inside]
        holding = [(folder, files) for folder, files in parquet if files]
        if not holding:
            raise SourceError(
                f"{path} {'holds no facts' if path.is_dir() else 'is a file'}",
                expected="a folder with <fact>/*.parquet",
                hint="a file of your own lands with --map FILE.yaml, a known format with --adapter",
            )
        found += holding
    return sorted(found)


def _select(connection: duckdb.DuckDBPyConnection, fact: type[Fact], files: list[Path]) -> str:
    scan = parquet_scan(files, *_SCAN_OPTIONS)
    present = {r[0] for r in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}
    columns = [evolved_column(fact, field, present) for field in fact_schema(fact)]
    names = ", ".join(fact_schema(fact).names)
    typed = f"SELECT {', '.join(columns)}, filename, file_row_number FROM {scan}"
    whole = ", ".join(f"{name} := {name}" for name in fact_schema(fact).names)
    return (
        f"SELECT {names}, _reason, filename AS _file, file_row_number + 1 AS _row, "
        "NULL::BIGINT AS _offset, CASE WHEN _reason IS NOT NULL "
        f"THEN to_json(struct_pack({whole}))::VARCHAR END AS _raw "
        f"FROM (SELECT *, {reason_sql(fact)} AS _reason FROM ({typed}))"
    )


def _unknown(name: str, files: list[Path]) -> str:
    refusal = f"'no fact is called {name}'".replace("\n", " ")
    scan = parquet_scan(files, *_SCAN_OPTIONS)
    return (
        f"SELECT {refusal} AS _reason, filename AS _file, file_row_number + 1 AS _row, "
        f"NULL::BIGINT AS _offset, to_json(t)::VARCHAR AS _raw FROM {scan} AS t"
    )
