"""Loads a table of somebody's into the working database. Way: CSV, Parquet, JSON lines -> here.

Every loaded row knows its file and its row or line; lines that are no rows come out as refusals.
Columns get neutral names (`c0`, `c1`, ...), so nothing in a file can clash with ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.errors import SourceError
from pipelines.landing.map_sql import Column, quoted
from pipelines.landing.unreadable import refuse_twins, refuse_unreadable, told

_CSV = {".csv": ",", ".tsv": "\t"}
_JSON = (".jsonl", ".ndjson")
_LINE = "line number of the file"
_CSV_HINT = "look for a quote left open, another `delimiter`, or a line that never ends"
_PASSED = (
    "SELECT line - nth AS after, max(nth) AS passed FROM (SELECT line, row_number() OVER "
    "(ORDER BY line) AS nth FROM (SELECT DISTINCT line FROM {})) GROUP BY after"
)
"""How many unreadable lines stand before the n-th readable one, so that lines keep their number."""
SUFFIXES = (*_CSV, ".parquet", *_JSON)


@dataclass(frozen=True, slots=True)
class Table:
    """A loaded file: its columns by their names in the file, and the SQL of its refused lines."""

    name: str
    columns: dict[str, Column]
    refused: str | None = None


def table_files(paths: tuple[Path, ...], suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """Return the files to read: those named, and in folders all of a kind that can be read."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [p for p in inside if path.is_file() or p.suffix.lower() in suffixes]
    if not found:
        raise SourceError(
            f"{paths[0]} holds no file to read", expected=f"files ending in {', '.join(suffixes)}"
        )
    return found


@dataclass(frozen=True, slots=True)
class TableReader:
    """Loads files; `delimiter` is for CSV that is not separated as its suffix says."""

    connection: duckdb.DuckDBPyConnection
    delimiter: str | None = None

    def load(self, path: Path, number: int) -> Table:
        """Load one file as the working table `file_<number>`.

        Raises:
            SourceError: the file is of no kind that can be read, or cannot be read at all.
        """
        suffix = path.suffix.lower()
        refuse_unreadable(path)
        try:
            if suffix in _CSV or self.delimiter:
                return self._csv(path, number, self.delimiter or _CSV[suffix])
            if suffix == ".parquet":
                return self._parquet(path, number)
            if suffix in _JSON:
                return self._json(path, number)
        except duckdb.Error as error:
            raise SourceError(
                f"{path} cannot be read: {told(error)}",
                expected=f"a readable {suffix.lstrip('.')} file with column names",
                hint=_CSV_HINT if suffix in _CSV else "",
            ) from error
        raise SourceError(f"{path} is of no kind that can be read", expected=", ".join(SUFFIXES))

    def _csv(self, path: Path, number: int, delimiter: str) -> Table:
        refuse_twins(path, delimiter)
        errors = f"file_{number}_errors"
        scan = (
            f"read_csv({_sql(path)}, delim = {quoted(delimiter)}, quote = '\"', escape = '\"', "
            f"header = true, all_varchar = true, {_keep_bad_lines(number)})"
        )
        place = "row_number() OVER () AS _row, NULL::BIGINT AS _offset"
        columns = self._create(number, path, scan, place)
        return Table(f"file_{number}", columns, _bad_lines(path, errors))

    def _parquet(self, path: Path, number: int) -> Table:
        scan = f"read_parquet({_sql(path)}, hive_partitioning = false)"
        place = "file_row_number + 1 AS _row, NULL::BIGINT AS _offset"
        return Table(f"file_{number}", self._create(number, path, scan, place))

    def _json(self, path: Path, number: int) -> Table:
        lines, errors = f"lines_{number}", f"file_{number}_errors"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {lines}_read AS SELECT line, row_number() OVER () AS "
            "place, CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' END IS TRUE "
            f"AS is_object FROM {_line_scan(path, number)}"
        )
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {lines} AS SELECT line, is_object, "
            f"place + coalesce(passed, 0) AS _row FROM {lines}_read "
            f"ASOF LEFT JOIN ({_PASSED.format(errors)}) ON place > after"
        )
        self.connection.execute(f"DROP TABLE {lines}_read")
        keys = self.connection.execute(
            f"SELECT DISTINCT unnest(json_keys(line)) FROM {lines} WHERE is_object ORDER BY 1"
        ).fetchall()
        picked = ", ".join(f"line ->> {quoted(key)} AS {_identifier(key)}" for (key,) in keys)
        line = _identifier(_LINE)
        kept = ", ".join([f"_row AS {line}", *([picked] if keys else [])])
        scan = f"(SELECT {kept} FROM {lines} WHERE is_object)"
        place = f"{line} AS _row, NULL::BIGINT AS _offset"
        columns = self._create(number, path, scan, place)
        del columns[_LINE]
        refused = (
            f"SELECT 'the line is no JSON object' AS _reason, {_sql(path)} AS _file, _row, "
            f"NULL::BIGINT AS _offset, line AS _raw FROM {lines} "
            f"WHERE line IS NOT NULL AND NOT is_object UNION ALL {_bad_lines(path, errors)}"
        )
        return Table(f"file_{number}", columns, refused)

    def _create(self, number: int, path: Path, scan: str, place: str) -> dict[str, Column]:
        described = self.connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
        picked = ", ".join(f"{_identifier(row[0])} AS c{i}" for i, row in enumerate(described))
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE file_{number} AS "
            f"SELECT {picked}, {place}, {_sql(path)} AS _file FROM {scan}"
        )
        return {row[0]: Column(f"c{i}", row[1]) for i, row in enumerate(described)}


def _line_scan(path: Path, number: int) -> str:
    return (
        f"read_csv({_sql(path)}, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', "
        "escape = '', header = false, auto_detect = false, max_line_size = 16777216, "
        f"{_keep_bad_lines(number)})"
    )


def _keep_bad_lines(number: int) -> str:
    return (
        f"store_rejects = true, rejects_limit = 0, rejects_table = 'file_{number}_errors', "
        f"rejects_scan = 'file_{number}_scans'"
    )


def _bad_lines(path: Path, errors: str) -> str:
    return (
        f"SELECT any_value(error_message) AS _reason, {_sql(path)} AS _file, line AS _row, "
        f"any_value(line_byte_position) AS _offset, any_value(csv_line) AS _raw FROM {errors} "
        "GROUP BY line"
    )


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sql(path: Path) -> str:
    return quoted(path.as_posix())
