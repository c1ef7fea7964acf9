"""Says what is wrong with a column map before a row is read. Way: column_map -> here -> map_sql."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import msgspec

from core.errors import SourceError
from core.events.fact import Fact
from core.events.registry import fact_name, facts
from pipelines.landing.checks import enums
from pipelines.landing.column_map import ColumnMap, FactRule, Field, Scalar
from pipelines.landing.map_sql import TIME_FORMATS, quoted


def check_map(column_map: ColumnMap) -> None:
    """Refuse a map that names a fact, field or word the contract does not know, or lacks one.

    Raises:
        SourceError: with the nearest name there is.
    """
    if not column_map.facts:
        raise SourceError("the map has no facts", expected="at least one rule under `facts`")
    for rule in column_map.facts:
        if rule.fact not in facts():
            raise SourceError(f"unknown fact {rule.fact!r}", **nearest(rule.fact, facts()))
        _check_rule(column_map, rule)
    _check_common(column_map)
    for field in (column_map.occurred, column_map.recorded):
        if isinstance(field, Field):
            _check_field("time", field)


def check_columns(column_map: ColumnMap, columns: Iterable[str], file: str) -> None:
    """Refuse a file that lacks a column the map reads."""
    there = list(columns)
    for name in column_map.columns_read():
        if name not in there:
            raise SourceError(f"{file} has no column {name!r}", **nearest(name, there))


def nearest(name: str, known: Iterable[str]) -> dict[str, str]:
    """Return `expected` and `hint` for a name that is not there."""
    listed = list(known)
    close = difflib.get_close_matches(name.lower(), [one.lower() for one in listed], 1, 0.5)
    meant = [one for one in listed if close and one.lower() == close[0]]
    hint = f"did you mean {meant[0]!r}?" if meant else ""
    return {"expected": f"one of {', '.join(listed)}", "hint": hint}


def _check_rule(column_map: ColumnMap, rule: FactRule) -> None:
    fact = facts()[rule.fact]
    known = fact.__struct_fields__
    for name in rule.fields:
        if name not in known:
            raise SourceError(f"{rule.fact} has no field {name!r}", **nearest(name, known))
    given = column_map.fields_of(rule)
    for info in msgspec.structs.fields(fact):
        if info.required and info.name not in given:
            raise SourceError(
                f"the map gives no {info.name} for {rule.fact}",
                expected=f"a column or a constant for {info.name}",
                hint=_REQUIRED_HINTS.get(info.name, ""),
            )
    for name, field in given.items():
        if isinstance(field, Field) and name in known:
            _check_field(f"{rule.fact}.{name}", field)
            _check_words(fact, name, field)
            _check_constant(fact, name, field.value)


_REQUIRED_HINTS = {
    "exchange_rate_e6": "amounts in the base currency: `exchange_rate_e6: {value: 1000000}`",
    "payment_id": "an export without payment ids: `payment_id: {event_id: true}`",
}


def _check_common(column_map: ColumnMap) -> None:
    known = {name for rule in column_map.facts for name in facts()[rule.fact].__struct_fields__}
    for name in column_map.fields:
        if name not in known:
            raise SourceError(f"no fact of the map has a field {name!r}", **nearest(name, known))


def _check_field(label: str, field: Field) -> None:
    sources = [field.column is not None, field.value is not None, field.event_id]
    if sum(sources) != 1:
        raise SourceError(
            f"{label} names {sum(sources)} origins",
            expected="exactly one of `column`, `value`, `event_id: true`",
        )
    _check_format(label, field.format)
    try:
        ZoneInfo(field.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SourceError(
            f"{label}: unknown zone {field.zone!r}", expected="a name as Europe/Malta"
        ) from error


def _check_format(label: str, given: str) -> None:
    if given in TIME_FORMATS:
        return
    try:
        if "%" not in given:
            raise SourceError(f"{label}: unknown format {given!r}", **nearest(given, TIME_FORMATS))
        with duckdb.connect() as connection:
            connection.execute(f"SELECT try_strptime('', {quoted(given)})")
    except duckdb.Error as error:
        raise SourceError(
            f"{label}: format {given!r} cannot be used",
            expected=f"strptime codes as %Y-%m-%d %H:%M:%S, or one of {', '.join(TIME_FORMATS)}",
        ) from error


def _check_constant(fact: type[Fact], name: str, value: Scalar | None) -> None:
    """Refuse a constant its field cannot hold as it stands: 1.5 would be rounded to a whole."""
    hint = typing.get_type_hints(fact)[name]
    if value is None or str in (hint, *typing.get_args(hint)):
        return
    try:
        msgspec.convert(value, hint, strict=False)
    except msgspec.ValidationError as error:
        kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
        raise SourceError(
            f"{fact_name(fact)}.{name} cannot be {value!r}",
            expected=" or ".join(_KINDS.get(kind, str(kind)) for kind in kinds),
        ) from error


_KINDS: dict[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    datetime: "a time as 2026-03-01T12:00:00Z",
}


def _check_words(fact: type[Fact], name: str, field: Field) -> None:
    words = enums(fact).get(name)
    if words is None:
        return
    said = [field.value, field.otherwise, *(field.values or {}).values()]
    for word in said:
        if word is not None and word not in words:
            raise SourceError(f"{name} cannot be {word!r}", **nearest(str(word), words))
