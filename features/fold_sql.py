"""A measure as columns that merge, and the value read from them. Way: measures -> here -> pit.

A fact is turned into *state columns*; states of two facts, of two tiles, of a tile and a fact merge
by the same aggregate (SUM, MAX, MIN, BIT_OR). So one merge expression serves every level.

The dialect is DuckDB's, kept to what sqlglot carries to Spark; `EPOCH_US` is the one function to be
renamed there (`UNIX_MICROS`).
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import DeclarationError
from features.measures import (
    BITS,
    Derived,
    Difference,
    Distinct,
    Gap,
    Measure,
    Ratio,
    Silence,
    Std,
    Trend,
    Where,
    Window,
)  # fmt: skip

_HEX = "0123456789abcdef"
_MERGE = {"count": "SUM", "sum": "SUM", "sum_sq": "SUM", "max": "MAX", "min": "MIN",
          "distinct": "BIT_OR", "first": "MIN", "last": "MAX", "since_first": "MIN",
          "since_last": "MAX"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """One state column: how a fact makes it and how two of it become one."""

    merge: str
    of_fact: str

    def merged(self, column: str) -> str:
        """Return the aggregate that merges the column."""
        call = f"{self.merge}({column})"
        return f"CAST({call} AS BIGINT)" if self.merge == "SUM" else call


def states_of(measure: Measure, types: dict[str, str]) -> tuple[State, ...]:
    """Return the state columns of a measure; `types` are the SQL types of the fact's columns."""
    merge = _MERGE[measure.op]
    if isinstance(measure, Distinct):
        number = _bucket(measure, types)
        lanes = [_lane(number, lane, measure) for lane in range(measure.lanes)]
        return tuple(State(merge, expression) for expression in lanes)
    return (State(merge, _guarded(_state_value(measure), measure)),)


def _state_value(measure: Measure) -> str:
    column = measure.column
    match measure.op:
        case "count":
            return "CAST(1 AS BIGINT)"
        case "sum_sq":
            return f"{column} * {column}"
        case "first" | "last":
            return f"STRUCT_PACK(o := o, id := id, v := {column})"
        case "since_first" | "since_last":
            return "o"
        case _:
            return column


def _guarded(value: str, measure: Measure) -> str:
    conditions = [condition(where) for where in measure.where]
    if measure.column and measure.op in ("count", "first", "last", "since_first", "since_last"):
        conditions.append(f"{measure.column} IS NOT NULL")
    return f"CASE WHEN {' AND '.join(conditions)} THEN {value} END" if conditions else value


def condition(where: Where) -> str:
    """Return a condition as SQL.

    >>> condition(Where("method", ("card", "e_wallet")))
    "method IN ('card', 'e_wallet')"
    """
    return f"{where.column} IN ({', '.join(_literal(value) for value in where.values)})"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).upper()  # 3, TRUE, FALSE


def _bucket(measure: Distinct, types: dict[str, str]) -> str:
    """Bucket of a value: integers modulo, strings by the first four hex digits of their md5."""
    if types[measure.column] == "BIGINT":
        return f"{measure.column} % {BITS * measure.lanes}"
    digits = [
        f"(STRPOS('{_HEX}', SUBSTR(MD5({measure.column}), {place}, 1)) - 1) * {16 ** (4 - place)}"
        for place in (1, 2, 3, 4)
    ]
    return f"({' + '.join(digits)}) % {BITS * measure.lanes}"


def _lane(number: str, lane: int, measure: Distinct) -> str:
    inside = f"({number}) // {BITS} = {lane} AND " if measure.lanes > 1 else ""
    conditions = "".join(f"{condition(where)} AND " for where in measure.where)
    bit = f"CAST(1 AS BIGINT) << (({number}) % {BITS})"
    return f"CASE WHEN {conditions}{inside}{measure.column} IS NOT NULL THEN {bit} END"


def value_of(measure: Measure, columns: tuple[str, ...]) -> str:
    """Return the measure's value from its merged state columns and the as-of `t`."""
    first = columns[0]
    match measure.op:
        case "count" | "sum" | "sum_sq":
            return f"COALESCE({first}, 0)"
        case "max" | "min":
            return first
        case "distinct":
            bits = [f"CAST(BIT_COUNT(COALESCE({c}, 0)) AS BIGINT)" for c in columns]
            return " + ".join(bits)
        case "first" | "last":
            return f"{first}.v"
        case _:
            return f"(t - {first}) // 1000000"


def derived_value(derived: Derived, operands: list[str], windows: tuple[Window, ...]) -> str:
    """Return a derived value from the values of its operands, in double precision.

    Raises:
        DeclarationError: this kind of derived feature is unknown, or has no length to rate by.
    """
    parts = [f"({operand})" for operand in operands]
    match derived:
        case Difference():
            return f"{parts[0]} - {parts[1]}"
        case Ratio():
            over = parts[0] if derived.less is None else f"({parts[0]} - {parts[2]})"
            return f"CASE WHEN {parts[1]} <> 0 THEN {_double(over)} / {_double(parts[1])} END"
        case Trend():
            return _trend(parts, windows)
        case Std():
            return _std(*parts)
        case Gap():
            n, first, last = parts
            span = _double(f"({first} - {last})")
            return f"CASE WHEN {n} >= 2 THEN {span} / {_double(f'({n} - 1)')} END"
        case Silence():
            return _silence(*parts)
    raise DeclarationError(f"derived feature {derived.label} is of an unknown kind")


def _trend(parts: list[str], windows: tuple[Window, ...]) -> str:
    short, long = (_double(f"{window.length_s}") for window in windows)
    rate, usual = f"{_double(parts[0])} / {short}", f"{_double(parts[1])} / {long}"
    return f"CASE WHEN {parts[1]} <> 0 THEN ({rate}) / ({usual}) END"


def _std(n: str, total: str, squares: str) -> str:
    mean = f"({_double(total)} / {_double(n)})"
    variance = f"({_double(squares)} / {_double(n)} - {mean} * {mean})"
    above = f"CASE WHEN {variance} > 0 THEN {variance} ELSE CAST(0 AS DOUBLE) END"
    return f"CASE WHEN {n} > 0 THEN SQRT({above}) END"


def _silence(n: str, first: str, last: str) -> str:
    span = f"({first} - {last})"
    since = f"{_double(last)} * {_double(f'({n} - 1)')}"
    return f"CASE WHEN {n} >= 2 AND {span} > 0 THEN {since} / {_double(span)} END"


def _double(expression: str) -> str:
    return f"CAST({expression} AS DOUBLE)"
