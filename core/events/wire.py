"""How a fact's fields look on the wire, derived from its type. Way: facts -> here -> codec, schema.

Most fields travel as they are. Three kinds do not: an amount `x_minor` is the decimal text `x` in
the fact's currency, `exchange_rate_e6` is the decimal text `exchange_rate`, an instant is RFC 3339.
"""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

import msgspec
from msgspec.structs import FieldInfo

from core.errors import DeclarationError
from core.events.fact import Fact, MoneyFact


class Kind(StrEnum):
    """What a field holds, as far as the wire cares."""

    AMOUNT = "amount"
    RATE = "rate"
    INSTANT = "instant"
    CURRENCY = "currency"
    CHOICE = "choice"
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"


_PLAIN = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.FLAG,
    datetime: Kind.INSTANT,
}


@dataclass(frozen=True, slots=True)
class WireField:
    """One field: `name` in Python, `wire` in JSON; `choices` of a closed set, else empty."""

    name: str
    wire: str
    kind: Kind
    required: bool
    nullable: bool
    choices: tuple[str, ...] = ()


@cache
def wire_fields(fact: type[Fact]) -> tuple[WireField, ...]:
    """Return the fields of a fact in their declared order.

    Raises:
        DeclarationError: two fields would share a wire name, or an amount has no currency.
    """
    fields = tuple(_field(fact, info) for info in msgspec.structs.fields(fact))
    if len({field.wire for field in fields}) < len(fields):
        raise DeclarationError(
            f"{fact.__name__} has two fields of one wire name", expected="x_minor or x, not both"
        )
    return fields


def _field(fact: type[Fact], info: FieldInfo) -> WireField:
    options = _options(info.type)
    nullable = type(None) in options
    (plain, *others) = [option for option in options if option is not type(None)]
    if others:
        raise DeclarationError(f"{fact.__name__}.{info.name} is {info.type}", expected="one type")
    is_choice = typing.get_origin(plain) is typing.Literal
    kind = Kind.CHOICE if is_choice else _kind(fact, info.name, plain)
    choices = typing.get_args(plain) if is_choice else ()
    return WireField(info.name, _wire_name(info.name, kind), kind, info.required, nullable, choices)


def _options(hint: object) -> tuple[object, ...]:
    is_union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    return typing.get_args(hint) if is_union else (hint,)


def _kind(fact: type[Fact], name: str, plain: object) -> Kind:
    if name.endswith("_minor") or name == "exchange_rate_e6":
        if not issubclass(fact, MoneyFact) or plain is not int:
            raise DeclarationError(
                f"{fact.__name__}.{name} is {plain}", expected="an int of a MoneyFact"
            )
        return Kind.RATE if name == "exchange_rate_e6" else Kind.AMOUNT
    if name == "currency":
        return Kind.CURRENCY
    if plain not in _PLAIN:
        raise DeclarationError(f"{fact.__name__}.{name} is {plain}", expected="a flat scalar type")
    return _PLAIN[plain]


def _wire_name(name: str, kind: Kind) -> str:
    if kind is Kind.AMOUNT:
        return name.removesuffix("_minor")
    return name.removesuffix("_e6") if kind is Kind.RATE else name
