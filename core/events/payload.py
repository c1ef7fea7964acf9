"""A fact as wire data and back. Way: codec -> here -> facts; schemas describe the same fields."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from core.currency import NO_CURRENCY, is_currency
from core.errors import EventError, MoneyError
from core.events.fact import Fact, MoneyFact
from core.events.instant import instant, utc
from core.events.wire import Kind, WireField, wire_fields
from core.money import INT64_MAX, amount_minor, decimal_text
from core.rate import rate_e6, rate_text


@dataclass(frozen=True, slots=True)
class _Context:
    """What a value needs besides itself."""

    currency: str
    base: str


def read_fact(fact: type[Fact], data: Mapping[str, Any], base: str) -> Fact:
    """Read wire data as a fact; extra fields are ignored.

    Raises:
        EventError: a field is missing, of a wrong type or outside its set; the message names it.
    """
    context = _Context(_currency(fact, data), base)
    values = dict(data)
    for field in _translated(fact):
        if field.wire in data:
            values[field.name] = _read(field, data[field.wire], context)
        elif field.required:
            raise EventError(f"data.{field.wire} is missing", expected=_expectation(field))
        else:
            values.pop(field.name, None)  # the inside name has no meaning on the wire
    try:
        return msgspec.convert(values, fact)
    except msgspec.ValidationError as error:
        raise EventError(f"data does not fit: {error}", expected=fact.__name__) from error


def write_fact(fact: Fact, base: str) -> dict[str, object]:
    """Write a fact as wire data, every field of it, nulls too.

    Raises:
        EventError: the fact holds what the wire cannot carry, such as an unknown currency.
    """
    currency = fact.currency if isinstance(fact, MoneyFact) else NO_CURRENCY
    context = _Context(currency, base)
    return {
        field.wire: _write(field, getattr(fact, field.name), context)
        for field in wire_fields(type(fact))
    }


def _currency(fact: type[Fact], data: Mapping[str, Any]) -> str:
    if not issubclass(fact, MoneyFact):
        return NO_CURRENCY
    currency = data.get("currency")
    if not is_currency(currency):
        raise EventError(
            f"data.currency is {currency!r}", expected="an ISO 4217 code in capitals, such as EUR"
        )
    return str(currency)


@cache
def _translated(fact: type[Fact]) -> tuple[WireField, ...]:
    """Return the fields that are not on the wire as they are inside."""
    return tuple(field for field in wire_fields(fact) if field.kind in _READERS)


def _read(field: WireField, value: object, context: _Context) -> object:
    if value is None and field.nullable:
        return value
    try:
        return _READERS[field.kind](value, context)
    except (MoneyError, EventError) as error:
        raise EventError(f"data.{field.wire}: {error}") from error


def _write(field: WireField, value: Any, context: _Context) -> object:
    writer = _WRITERS.get(field.kind)
    if writer is None or value is None:
        return value
    try:
        return writer(value, context)
    except (MoneyError, EventError) as error:
        raise EventError(f"{field.name}: {error}") from error


def _expectation(field: WireField) -> str:
    if field.kind is Kind.AMOUNT:
        return f"a decimal text in the currency's unit ({field.name} is its name inside only)"
    return field.kind.value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise EventError(f"{value!r} is {type(value).__name__}", expected="a decimal text, '12.50'")
    return value


def _integer(value: object, _: _Context) -> object:
    if isinstance(value, int) and not -INT64_MAX <= value <= INT64_MAX:
        raise EventError(f"{value} is too large", expected="a 64-bit integer")
    return value


def _finite(value: float, _: _Context) -> float:
    if not math.isfinite(value):
        raise EventError(f"{value} is no number JSON can carry", expected="a finite number")
    return value


def _registered_currency(value: object, context: _Context) -> object:
    if value == NO_CURRENCY == context.currency or is_currency(value):
        return value
    raise EventError(f"{value!r} is no currency", expected="an ISO 4217 code such as EUR, or XXX")


def _utc_text(at: datetime, _: _Context) -> str:
    return utc(at, "instant").astimezone(UTC).isoformat().replace("+00:00", "Z")


_READERS: dict[Kind, Callable[[Any, _Context], object]] = {
    Kind.AMOUNT: lambda value, context: amount_minor(_text(value), context.currency),
    Kind.RATE: lambda value, context: rate_e6(_text(value), context.currency, context.base),
    Kind.INSTANT: lambda value, _: instant(value, "instant"),
    Kind.CURRENCY: _registered_currency,
    Kind.INTEGER: _integer,
}
_WRITERS: dict[Kind, Callable[[Any, _Context], object]] = {
    Kind.AMOUNT: lambda value, context: decimal_text(value, context.currency),
    Kind.RATE: lambda value, context: rate_text(value, context.currency, context.base),
    Kind.INSTANT: _utc_text,
    Kind.CURRENCY: _registered_currency,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _finite,
}
