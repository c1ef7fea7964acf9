"""Reads somebody's own files by a column map. Way: tables, rule_sql -> here -> settle."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from core.errors import SourceError
from pipelines.landing.adapter import Candidates, Found, Intake, Strays
from pipelines.landing.column_map import ColumnMap
from pipelines.landing.map_check import check_columns, check_map
from pipelines.landing.map_sql import quoted, when_sql
from pipelines.landing.rates import warn_of_equal_rates
from pipelines.landing.rule_sql import ROW_ID, RuleSelect
from pipelines.landing.tables import Table, TableReader, table_files

UNMAPPED = "(no rule)"


def mapped_candidates(intake: Intake) -> Iterator[Found]:
    """Yield the candidates of every file, rule by rule, and the rows no rule takes.

    Raises:
        SourceError: no map was given, the map does not hold, or a file does not fit it.
    """
    column_map = intake.column_map
    if column_map is None:
        raise SourceError(
            "no column map was given", expected="--map FILE.yaml", hint="see docs/landing.md"
        )
    check_map(column_map)
    reader = TableReader(intake.connection, column_map.delimiter)
    for number, path in enumerate(table_files(intake.paths)):
        table = reader.load(path, number)
        check_columns(column_map, table.columns, path.name)
        ruled = _give_rules(intake.connection, table, column_map)
        warn_of_equal_rates(intake, ruled, table.columns)
        for index, rule in enumerate(column_map.facts):
            select = RuleSelect(column_map, rule, table.columns)
            yield Candidates(rule.fact, select.sql(ruled, index))
        yield Strays(UNMAPPED, _unruled(ruled, table, column_map), is_unknown=False)
        if table.refused:
            yield Strays(UNMAPPED, table.refused, is_unknown=False)


def _give_rules(connection: duckdb.DuckDBPyConnection, table: Table, column_map: ColumnMap) -> str:
    """Add to every row the number of the rule that takes it and the text that identifies it."""
    whens = " ".join(
        f"WHEN {when_sql(rule.when, table.columns)} THEN {number}"
        for number, rule in enumerate(column_map.facts)
    )
    ruled = f"{table.name}_ruled"
    identity = _identity(table, column_map)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {ruled} AS SELECT *, CASE {whens} END AS _rule, "
        f"{identity} AS {ROW_ID} FROM {table.name}"
    )
    connection.execute(f"DROP TABLE {table.name}")
    return ruled


def _identity(table: Table, column_map: ColumnMap) -> str:
    columns = [table.columns[name] for name in column_map.id or column_map.columns_read()]
    if len(columns) == 1:
        text = columns[0].text
    else:
        # Each part carries its length, so that no two different rows read the same.
        parts = [
            f"CASE WHEN {c.text} IS NULL THEN '-' ELSE length({c.text}) || ':' || {c.text} END"
            for c in columns
        ]
        text = f"concat_ws('|', {', '.join(parts)})"
    if column_map.repeats == "drop":
        return text
    return f"{text} || '#' || row_number() OVER (PARTITION BY {text} ORDER BY _row)"


def _unruled(ruled: str, table: Table, column_map: ColumnMap) -> str:
    tested = sorted({name for rule in column_map.facts for name in rule.when})
    told = [
        f"{quoted(f' {name}=')} || coalesce({table.columns[name].text}, 'nothing')"
        for name in tested
    ]
    pairs = ", ".join(f"{quoted(n)}, {c.sql}" for n, c in table.columns.items())
    refusal = " || ".join([quoted("no rule of the map takes"), *told])
    return (
        f"SELECT {refusal} AS _reason, _file, _row, _offset, "
        f"json_object({pairs})::VARCHAR AS _raw FROM {ruled} WHERE _rule IS NULL"
    )
