"""One rule of a column map as the candidates of its fact. Way: map_sql -> here -> mapped_files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from core.events.fact import Fact
from core.events.registry import facts
from features.sources import INSTANT, defaults_sql, duckdb_type, fact_schema
from pipelines.landing.checks import reason_sql
from pipelines.landing.column_map import ColumnMap, FactRule, Field
from pipelines.landing.map_sql import (
    Column,
    Expression,
    amount_sql,
    boolean_sql,
    derived_id_sql,
    instant_sql,
    integer_sql,
    literal,
    problem_sql,
    quoted,
    translated,
)

ROW_ID = "_identity"
"""Column of the working table: the text that identifies a row, null if any part of it is."""


@dataclass(frozen=True, slots=True)
class RuleSelect:
    """Builds the select of one rule over a working table with these columns."""

    column_map: ColumnMap
    rule: FactRule
    columns: Mapping[str, Column]

    @property
    def fact(self) -> type[Fact]:
        """The fact the rule's rows become."""
        return facts()[self.rule.fact]

    def sql(self, table: str, number: int) -> str:
        """Return the candidates of the rule: those rows of the table that carry its number."""
        values = {**self._envelope(), **self._fields()}
        selected = ", ".join(
            f"{values[f.name].value}::{duckdb_type(f.type)} AS {f.name}"
            for f in fact_schema(self.fact)
        )
        whens = [
            problem_sql(f.name, values[f.name])
            for f in fact_schema(self.fact)
            if values[f.name].text != "NULL"
        ]
        problem = f"CASE {' '.join(whens)} END" if whens else "NULL"
        inner = (
            f"SELECT {selected}, {problem} AS _problem, _file, _row, _offset, {self._raw()} "
            f"AS _whole FROM {table} WHERE _rule = {number}"
        )
        names = ", ".join(fact_schema(self.fact).names)
        refusal = f"coalesce(_problem, {reason_sql(self.fact)})"
        return (
            f"SELECT {names}, _reason, _file, _row, _offset, "
            "CASE WHEN _reason IS NOT NULL THEN _whole::VARCHAR END AS _raw "
            f"FROM (SELECT *, {refusal} AS _reason FROM ({inner}))"
        )

    def _envelope(self) -> dict[str, Expression]:
        foreign_id = f"{quoted(f'{self.rule.fact}:')} || {ROW_ID}"
        event_id = derived_id_sql(self.column_map.source, foreign_id)
        occurred = self._instant(self.column_map.occurred)
        recorded = self.column_map.recorded
        player = self.columns[self.column_map.player]
        return {
            "event_id": Expression(event_id),
            "player_id": Expression(player.text),
            "source": Expression(quoted(self.column_map.source)),
            "occurred_at": occurred,
            "recorded_at": occurred if recorded is None else self._instant(recorded),
        }

    def _instant(self, given: str | Field) -> Expression:
        field = Field(column=given) if isinstance(given, str) else given
        column = self.columns[field.column or ""]
        return Expression(instant_sql(column, field), column.text, _WISHES[INSTANT])

    def _fields(self) -> dict[str, Expression]:
        given = self.column_map.fields_of(self.rule)
        found: dict[str, Expression] = {}
        for field in list(fact_schema(self.fact))[5:]:
            if field.name in given:
                found[field.name] = self._field(field, given[field.name])
            else:
                default = defaults_sql(self.fact).get(field.name, "NULL")
                found[field.name] = Expression(default)
        return found

    def _field(self, field: pa.Field, given: str | Field) -> Expression:
        source = Field(column=given) if isinstance(given, str) else given
        if source.event_id:
            return Expression(f"{self._envelope()['event_id'].value}::VARCHAR")
        if source.column is None:
            return Expression(literal(source.value if source.value is not None else ""))
        met = self.columns[source.column]
        column = translated(met, source)
        wish = _TRANSLATED if source.values is not None else _wish(field)
        return Expression(self._read(field, column, source), met.text, wish)

    def _read(self, field: pa.Field, column: Column, source: Field) -> str:
        if field.name.endswith("_minor"):
            return amount_sql(column, source, self._currency())
        if field.type == INSTANT:
            return instant_sql(column, source)
        if field.type == pa.int64():
            return integer_sql(column)
        if field.type == pa.bool_():
            return boolean_sql(column)
        if field.type == pa.float64():
            return f"TRY_CAST({column.text} AS DOUBLE)"
        return column.text

    def _currency(self) -> str:
        schema = fact_schema(self.fact)
        given = self.column_map.fields_of(self.rule)["currency"]
        return self._field(schema.field("currency"), given).value

    def _raw(self) -> str:
        pairs = ", ".join(f"{quoted(n)}, {c.sql}" for n, c in self.columns.items())
        return f"json_object({pairs})"


def _wish(field: pa.Field) -> str:
    return _AMOUNT if field.name.endswith("_minor") else _WISHES[field.type]


_AMOUNT = "an amount that fits the minor units of its currency"
_TRANSLATED = "among the texts the map translates"
_WISHES = {
    INSTANT: "a time in the declared format",
    pa.int64(): "a whole number",
    pa.bool_(): "a yes or no",
    pa.float64(): "a number",
    pa.string(): "a text",
}
