"""A column map as SQL. Way: column_map, map_check -> here -> mapped_files.

Every field becomes a value and a problem: the value is null where the text cannot be read, the
problem says so. Amounts are read as exact decimals; a binary float must lie within a millionth of
its minor unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.currency import EXPONENTS
from pipelines.landing.column_map import Field, Scalar, Wanted

_FLOATS = ("FLOAT", "DOUBLE")
_TOLERANCE = "1e-6"
_EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
TIME_FORMATS = ("iso", *_EPOCHS)
"""The formats of a time that have a name; any other is a strptime format."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the loaded file: its name in the working table and its DuckDB type."""

    sql: str
    kind: str

    @property
    def text(self) -> str:
        """The column as text, an empty one as null."""
        return f"nullif(trim({self.sql}::VARCHAR), '')"


@dataclass(frozen=True, slots=True)
class Expression:
    """SQL of a field's value, of the text it was read from (null: none), and what that must be."""

    value: str
    text: str = "NULL"
    wish: str = ""


def quoted(text: str) -> str:
    """Return a text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def problem_sql(name: str, expression: Expression) -> str:
    """Return the WHEN of a text that could not be read."""
    told = f"{quoted(name + ' ')} || left({expression.text}, 60)"
    told += f" || {quoted(' is not ' + expression.wish)}"
    return f"WHEN {expression.text} IS NOT NULL AND {expression.value} IS NULL THEN {told}"


def derived_id_sql(source: str, foreign_id: str) -> str:
    """Return `core.ids.derived_id` as SQL, of a constant source and an expression."""
    hashed = f"sha256({quoted(f'{len(source)}:{source}')} || {foreign_id})"
    variant = "translate(h[17:17], '0123456789abcdef', '89ab89ab89ab89ab') || h[18:20]"
    groups = f"h[1:8] || '-' || h[9:12] || '-8' || h[14:16] || '-' || {variant} || '-' || h[21:32]"
    return f"list_transform([{hashed}], lambda h: {groups})[1]::UUID"


def literal(value: Scalar) -> str:
    """Return a constant of a map as SQL."""
    if isinstance(value, bool):
        return str(value).lower()
    return quoted(value) if isinstance(value, str) else repr(value)


def translated(column: Column, field: Field) -> Column:
    """Return the column after the map's `values`."""
    if field.values is None:
        return column
    whens = " ".join(
        f"WHEN {quoted(met)} THEN {quoted(_word(said))}" for met, said in field.values.items()
    )
    otherwise = "NULL" if field.otherwise is None else quoted(_word(field.otherwise))
    return Column(f"(CASE {column.text} {whens} ELSE {otherwise} END)", "VARCHAR")


def _word(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def instant_sql(column: Column, field: Field) -> str:
    """Return a time in UTC, null where it cannot be read."""
    local = f"AT TIME ZONE {quoted(field.zone)} AT TIME ZONE 'UTC'"
    if "WITH TIME ZONE" in column.kind or column.kind.startswith("TIMESTAMPTZ"):
        return f"({column.sql}::TIMESTAMPTZ AT TIME ZONE 'UTC')"
    if column.kind.startswith("TIMESTAMP") or column.kind == "DATE":
        return f"({column.sql}::TIMESTAMP {local})"
    if field.format in _EPOCHS:
        scale = _EPOCHS[field.format]
        number = f"TRY_CAST({column.text} AS DECIMAL(24, 6))"
        return f"TRY(make_timestamp(TRY_CAST(({number} * {scale}) AS BIGINT)))"
    if field.format != "iso":
        parsed = f"try_strptime({column.text}, {quoted(field.format)})"
        has_offset = "%z" in field.format or "%Z" in field.format
        return f"({parsed} {'AT TIME ZONE ' + quoted('UTC') if has_offset else local})"
    offset = r"'.*[0-9](Z|z|[+-][0-9]{2}(:?[0-9]{2})?)'"
    return (
        f"(CASE WHEN regexp_full_match({column.text}, {offset}) AND length({column.text}) > 10 "
        f"THEN TRY_CAST({column.text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' "
        f"ELSE TRY_CAST({column.text} AS TIMESTAMP) {local} END)"
    )


def amount_sql(column: Column, field: Field, currency: str) -> str:
    """Return an amount in minor units; null where it is no number or has a part of a minor unit."""
    if field.unit == "minor":
        return integer_sql(column)
    power = _power_of(currency)
    if column.kind in _FLOATS:
        near = f"round({column.sql} * {power})"
        exact = f"abs({column.sql} - {near} / {power}) <= {_TOLERANCE}"
        return f"(CASE WHEN {exact} THEN TRY_CAST({near} AS BIGINT) END)"
    decimal = _decimal(column)
    scaled = f"({decimal} * {power})"
    return f"(CASE WHEN {scaled} = trunc({scaled}) THEN TRY_CAST({scaled} AS BIGINT) END)"


def integer_sql(column: Column) -> str:
    """Return a whole number; 12.0 is one, 12.5 is not."""
    if column.kind in _FLOATS:
        whole = f"{column.sql} = trunc({column.sql})"
        return f"(CASE WHEN {whole} THEN TRY_CAST({column.sql} AS BIGINT) END)"
    decimal = _decimal(column)
    return f"(CASE WHEN {decimal} = trunc({decimal}) THEN TRY_CAST({decimal} AS BIGINT) END)"


def _decimal(column: Column) -> str:
    """Read a decimal with at most nine places; more would be rounded without a word."""
    fits = f"regexp_full_match({column.text}, '[+-]?[0-9]{{1,18}}([.][0-9]{{1,9}}0*)?')"
    return f"(CASE WHEN {fits} THEN TRY_CAST({column.text} AS DECIMAL(38, 9)) END)"


def _power_of(currency: str) -> str:
    odd = " ".join(f"WHEN {quoted(c)} THEN {10**e}" for c, e in EXPONENTS.items() if e != 2)
    return f"(CASE {currency} {odd} ELSE 100 END)"


def boolean_sql(column: Column) -> str:
    """Return a yes or no."""
    text = f"lower({column.text})"
    yes, no = "('true', 't', '1', 'yes', 'y')", "('false', 'f', '0', 'no', 'n')"
    return f"(CASE WHEN {text} IN {yes} THEN true WHEN {text} IN {no} THEN false END)"


def when_sql(when: Mapping[str, Wanted | list[Wanted]], columns: Mapping[str, Column]) -> str:
    """Return the test whether a rule takes a row."""
    tests = []
    for name, wanted in when.items():
        options = wanted if isinstance(wanted, list) else [wanted]
        texts = [quoted(str(option)) for option in options if option is not None]
        ways = [f"{columns[name].text} IN ({', '.join(texts)})"] if texts else []
        ways += [f"{columns[name].text} IS NULL"] if None in options else []
        tests.append(f"coalesce({' OR '.join(ways)}, false)")
    return " AND ".join(tests) or "true"
