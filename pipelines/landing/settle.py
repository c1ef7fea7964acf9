"""From candidates to facts in their folders. Way: adapters, checks -> here -> commit.

One fact at a time: load the candidates into DuckDB (it spills to disk beyond its memory limit),
drop duplicates, send refused rows to the dead letter, write one sorted file per month. Duplicate
ids are found first by a count over ids alone; only those few rows are compared in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.events.fact import Fact
from core.events.registry import fact_name
from features.manifest import Part, live_files
from features.sources import columns_digest, fact_schema, parquet_scan
from pipelines.landing.adapter import Strays
from pipelines.landing.checks import candidate_columns
from pipelines.landing.commit import WarehouseWriter
from pipelines.landing.counts import Tally
from pipelines.landing.rejects import REFUSED, keep_refused

MEMORY_LIMIT = "2GB"
LATE = "INTERVAL 1 HOUR"
ORDER = "player_id, occurred_at, event_id"
"""How facts lie in a file: one player's together, then by time; total, so bytes are repeatable."""


@dataclass(frozen=True, slots=True)
class Settling:
    """What settling needs: the working database, the writer, and where refused rows go."""

    connection: duckdb.DuckDBPyConnection
    writer: WarehouseWriter
    dead_letter: Path


def settle(at: Settling, fact: type[Fact], selects: Sequence[str]) -> Tally:
    """Take the candidates of one fact into the next commit and count what became of them."""
    columns = ", ".join(candidate_columns(fact))
    union = " UNION ALL ".join(f"SELECT {columns} FROM ({sql})" for sql in selects)
    at.connection.execute(f"CREATE OR REPLACE TEMP TABLE batch AS {union}")
    rejected = _reject(at)
    duplicate = _drop_duplicates(at, fact)
    accepted, late, clamped = _clamp(at.connection)
    _file_by_month(at, fact)
    at.connection.execute("DROP TABLE batch")
    return Tally(
        fact=fact_name(fact),
        accepted=accepted,
        duplicate=duplicate,
        rejected=rejected,
        late=late,
        clamped=clamped,
    )


def keep_strays(at: Settling, strays: Strays) -> Tally:
    """Keep rows of no fact: unknown types in a file of their own, the rest as rejected."""
    found = at.connection.execute(
        f"SELECT {', '.join(REFUSED)} FROM ({strays.sql}) ORDER BY _file, _row"
    )
    if strays.is_unknown:
        count = keep_refused(at.dead_letter.with_suffix(".unknown.jsonl"), found)
        return Tally(fact=strays.label, unknown=count)
    return Tally(fact=strays.label, rejected=keep_refused(at.dead_letter, found))


def _reject(at: Settling) -> int:
    refused = f"SELECT {', '.join(REFUSED)} FROM batch WHERE _reason IS NOT NULL"
    found = at.connection.execute(f"{refused} ORDER BY _file, _row")
    count = keep_refused(at.dead_letter, found)
    at.connection.execute("DELETE FROM batch WHERE _reason IS NOT NULL")
    return count


def _drop_duplicates(at: Settling, fact: type[Fact]) -> int:
    """Keep, of each id, the copy known earliest (then by content), unless it has landed before."""
    run = at.connection.execute
    run(
        "CREATE OR REPLACE TEMP TABLE twice AS "
        "SELECT event_id FROM batch GROUP BY event_id HAVING count(*) > 1"
    )
    best = ", ".join(["recorded_at", *fact_schema(fact).names])
    ranked = (
        f"SELECT rowid AS place, row_number() OVER (PARTITION BY event_id ORDER BY {best}) AS rank "
        "FROM batch WHERE event_id IN (SELECT event_id FROM twice)"
    )
    dropped = _delete(at, f"SELECT place FROM ({ranked}) WHERE rank > 1")
    files = live_files(at.writer.warehouse, fact_name(fact), at.writer.manifest)
    if files:
        landed = f"SELECT event_id::UUID FROM {parquet_scan(files)}"
        dropped += _delete(at, f"SELECT rowid FROM batch WHERE event_id IN ({landed})")
    return dropped


def _delete(at: Settling, places: str) -> int:
    row = at.connection.execute(f"DELETE FROM batch WHERE rowid IN ({places})").fetchone()
    return int(row[0]) if row else 0


def _clamp(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    row = connection.execute(
        f"SELECT count(*), count(*) FILTER (recorded_at - occurred_at > {LATE}), "
        "count(*) FILTER (occurred_at > recorded_at) FROM batch"
    ).fetchone()
    connection.execute("UPDATE batch SET occurred_at = recorded_at WHERE occurred_at > recorded_at")
    accepted, late, clamped = row or (0, 0, 0)
    return accepted, late, clamped


def _file_by_month(at: Settling, fact: type[Fact]) -> None:
    name, columns = fact_name(fact), ", ".join(fact_schema(fact).names)
    months = at.connection.execute(
        "SELECT DISTINCT date_trunc('month', occurred_at)::TIMESTAMP FROM batch ORDER BY 1"
    ).fetchall()
    for (month,) in months:
        folder = f"date={month:%Y-%m}"
        of_month = (
            f"SELECT {columns} FROM batch WHERE occurred_at >= TIMESTAMP '{month}' "
            f"AND occurred_at < TIMESTAMP '{month}' + INTERVAL 1 MONTH ORDER BY {ORDER}"
        )
        rows = write_sorted(at.connection, of_month, at.writer.staged(name, folder).as_posix())
        at.writer.add(name, folder, Part(rows, columns_digest(fact)))


def working_database(writer: WarehouseWriter) -> duckdb.DuckDBPyConnection:
    """Open the database rows are checked and sorted in; beyond its memory it spills to disk."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    spill = (writer.staging / "spill").as_posix().replace("'", "''")
    connection.execute(f"SET temp_directory = '{spill}'")
    return connection


def write_sorted(connection: duckdb.DuckDBPyConnection, select: str, path: str) -> int:
    """Write the rows of a sorted select to one Parquet file and return how many there are."""
    target = path.replace("'", "''")
    options = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880"
    row = connection.execute(f"COPY ({select}) TO '{target}' ({options})").fetchone()
    return int(row[0]) if row else 0
