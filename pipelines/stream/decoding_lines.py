"""Lines of the log as typed structs, one kind per fact. Way: log bytes -> here -> decoding.

msgspec reads a line straight into the struct of its CloudEvents `type`. The structs are generated
from the facts and are never wider than the codec: what they take, the codec takes, with the same
values. What they refuse, the codec is asked about (decoding.py), so its word is the last one.

Amounts, rates, ids and instants stay text here; kernels read them by the column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import attrgetter, or_
from typing import Annotated, Any, Literal

import msgspec

from core.currency import EXPONENTS, NO_CURRENCY
from core.events.fact import Fact, MoneyFact
from core.events.registry import event_type, facts
from core.events.wire import Kind, WireField, wire_fields
from core.money import INT64_MAX

ID_LENGTH = 36
_INTEGER = Annotated[int, msgspec.Meta(ge=-INT64_MAX, le=INT64_MAX)]
_AS_TYPED = {
    Kind.AMOUNT: str, Kind.RATE: str, Kind.INSTANT: str, Kind.TEXT: str, Kind.NUMBER: float,
    Kind.FLAG: bool, Kind.INTEGER: _INTEGER,
}  # fmt: skip
_TAKEN_OUT = {Kind.AMOUNT, Kind.RATE, Kind.INSTANT}
"""Kinds whose text is still to be read, and so looked at whether or not a view wants them."""


@dataclass(frozen=True, slots=True)
class LineKind:
    """One kind of fact on the wire: which data fields are taken out of a line, and by what.

    `fields` are the fields taken out, in the order in which `values` gives them.
    """

    name: str
    fact: type[Fact]
    fields: tuple[WireField, ...]
    values: Callable[[Any], tuple[Any, ...]]

    @property
    def is_money(self) -> bool:
        """Whether it carries amounts in a currency."""
        return issubclass(self.fact, MoneyFact)


@dataclass(frozen=True, slots=True)
class LineReader:
    """Two decoders of one line, and what kind each struct they make is of.

    `strict` knows every field of the data. `lenient` passes over fields a later sender added, which
    msgspec then does not look into: whoever uses it must read the line as plain JSON too.
    """

    strict: Callable[[bytes], Any]
    lenient: Callable[[bytes], Any]
    kinds: Mapping[type, LineKind]


@cache
def line_reader(wanted: frozenset[tuple[str, str]]) -> LineReader:
    """Make the decoders of every fact of the contract; `wanted` are (fact, column) to take out.

    Amounts, rates, currencies and instants are taken out always: they have to be checked.
    """
    kinds: dict[type, LineKind] = {}
    strict: list[Any] = []
    lenient: list[Any] = []
    for name, fact in facts().items():
        kind = _kind(name, fact, wanted)
        for lines, is_strict in ((strict, True), (lenient, False)):
            line = _line(fact, is_strict=is_strict)
            kinds[line] = kind
            lines.append(line)
    return LineReader(_decoder(strict), _decoder(lenient), kinds)


def _decoder(lines: list[Any]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(reduce(or_, lines)).decode


def _kind(name: str, fact: type[Fact], wanted: frozenset[tuple[str, str]]) -> LineKind:
    taken = tuple(
        field
        for field in wire_fields(fact)
        if field.kind in _TAKEN_OUT
        or (field.kind is Kind.CURRENCY and issubclass(fact, MoneyFact))
        or (name, field.name) in wanted
    )
    return LineKind(name, fact, taken, _getter([field.wire for field in taken]))


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    (name,) = names
    return lambda line: (getattr(line, name),)


def _line(fact: type[Fact], *, is_strict: bool) -> Any:
    """Return the struct of a whole line; one the codec would refuse has no place in it."""
    return msgspec.defstruct(
        f"{fact.__name__}Line",
        [
            ("specversion", Literal["1.0"]),
            ("id", Annotated[str, msgspec.Meta(min_length=ID_LENGTH, max_length=ID_LENGTH)]),
            ("source", str),
            ("subject", str),
            ("time", str),
            ("recordedtime", str),
            ("datacontenttype", Literal["application/json"] | None, None),
            ("data", _data(fact, is_strict=is_strict)),
            ("data_base64", None, None),
        ],
        kw_only=True,
        gc=False,
        tag_field="type",
        tag=event_type(fact),
    )


def _data(fact: type[Fact], *, is_strict: bool) -> Any:
    defaults = {info.name: info.default for info in msgspec.structs.fields(fact)}
    return msgspec.defstruct(
        f"{fact.__name__}Data",
        [_declared(fact, field, defaults[field.name]) for field in wire_fields(fact)],
        kw_only=True,
        gc=False,
        forbid_unknown_fields=is_strict,
    )


def _declared(fact: type[Fact], field: WireField, default: object) -> Any:
    """Return a field's name and type; an absent amount or instant must still be a text."""
    hint: Any = _AS_TYPED.get(field.kind)
    if field.kind is Kind.CHOICE:
        hint = Literal[field.choices]
    elif field.kind is Kind.CURRENCY:
        codes = (*EXPONENTS,) if issubclass(fact, MoneyFact) else (*EXPONENTS, NO_CURRENCY)
        hint = Literal[codes]
    if field.nullable:
        hint |= None
    if field.required:
        return (field.wire, hint)
    if default is not None and field.kind in _TAKEN_OUT:
        return (field.wire, hint, "0") if default == 0 else (field.wire, hint)
    return (field.wire, hint, default)
