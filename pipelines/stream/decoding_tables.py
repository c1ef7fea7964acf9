"""The contract and what a layout wants of it, as integers for kernels. Way: decoding -> here.

Ranges are given as in compressed sparse rows: those of thing i are `x_from[i] : x_from[i + 1]`.
Object 0 is the envelope, the others are the data of one kind of fact each. A field that is not in
a line is read from the *tail*, JSON of every default, which stands behind the lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import msgspec
import numpy as np

from core.currency import EXPONENTS, NO_CURRENCY, exponent
from core.errors import DeclarationError
from core.events.fact import Fact, MoneyFact
from core.events.registry import event_type, facts
from core.events.wire import Kind, WireField, wire_fields
from features.state.flat import Integers, flattened
from features.state.inputs import Input
from features.state.layout import StateLayout
from pipelines.stream.decoding_lexicon import lexicon_of
from pipelines.stream.decoding_words import PADDING

O_FIELD_FROM, O_FILL_FROM, O_LINK_FROM, O_NUMBER = range(0, 8, 2)
FIELDS, FILLS, LINKS, RATE_PLACES = range(8, 16, 2)
F_KIND, F_NULLABLE, F_DEFAULT, F_DEFAULT_STOP, F_SCOPE, F_LENGTH, F_KEY, F_KEPT = *range(7), 9
F_ALL = 12  # of a field: its key as it begins in a line is three words, then what to keep of each
C_MAKE, C_FIELD, C_SCOPE, C_ALL = range(4)
L_VIEW, L_FIELD, L_ALL = range(3)
AMOUNT, RATE, INSTANT, MONEY, WORD, TEXT, INTEGER, NUMBER, FLAG, ATTRIBUTE = range(10)
_KINDS = {
    Kind.AMOUNT: AMOUNT, Kind.RATE: RATE, Kind.INSTANT: INSTANT, Kind.CURRENCY: WORD,
    Kind.CHOICE: WORD, Kind.TEXT: TEXT, Kind.INTEGER: INTEGER, Kind.NUMBER: NUMBER,
    Kind.FLAG: FLAG,
}  # fmt: skip
AS_NUMBER, IN_BASE, AS_CODE, AS_BUCKET = range(4)
TYPES, _MONEY, _CURRENCIES, KEYS_OF = range(4)  # scopes; the keys of object o are KEYS_OF + o
SPECVERSION, ID, SOURCE, TYPE, SUBJECT, TIME, RECORDED, CONTENT, DATA, BASE64 = range(10)
_ATTRIBUTES = (
    "specversion", "id", "source", "type", "subject", "time", "recordedtime", "datacontenttype",
    "data", "data_base64",
)  # fmt: skip
_OPTIONAL = ("datacontenttype", "data_base64")
NO_DEFAULT, _KEY_BYTES, MOST_FIELDS = -1, 24, 128
_NULL = b"null"
_BASE, _MINOR = "_base_minor", "_minor"


@dataclass(frozen=True, slots=True)
class LineTables:
    """What the kernels know: see the constants for `flat`; `views` are named by the links' places.

    `most_links` is of any one kind of fact.
    """

    flat: Integers
    lexicon: Integers
    tail: bytes
    views: tuple[str, ...]
    most_links: int


@cache
def line_tables(layout: StateLayout, base_currency: str) -> LineTables:
    """Compile the contract for a layout.

    Raises:
        DeclarationError: the state asks for a column that is no whole number, flag or text.
    """
    making = _Making()
    making.add_envelope()
    for place, (name, fact) in enumerate(facts().items(), 1):
        making.meanings.append((TYPES, event_type(fact), place))
        making.add_fact(name, fact, layout)
    making.meanings += [(_MONEY, code, digits) for code, digits in EXPONENTS.items()]
    making.meanings += [(_CURRENCIES, code, 0) for code in (*EXPONENTS, NO_CURRENCY)]
    return making.made(6 + exponent(base_currency))


@dataclass(slots=True)
class _Making:
    """Tables being made, object by object."""

    fields: list[tuple[int, ...]] = field(default_factory=list)
    fills: list[tuple[int, ...]] = field(default_factory=list)
    links: list[tuple[int, ...]] = field(default_factory=list)
    ends: list[tuple[int, ...]] = field(default_factory=lambda: [(0, 0, 0)])
    numbers: list[int] = field(default_factory=list)
    meanings: list[tuple[int, str, int]] = field(default_factory=list)
    tail: bytearray = field(default_factory=bytearray)
    views: list[str] = field(default_factory=list)
    scopes: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add_envelope(self) -> None:
        for name in _ATTRIBUTES:
            self._add_field(name, ATTRIBUTE, _NULL if name in _OPTIONAL else None)
        self._end(0)

    def add_fact(self, name: str, fact: type[Fact], layout: StateLayout) -> None:
        wire = wire_fields(fact)
        if issubclass(fact, MoneyFact) and [f.name for f in wire[:2]] != [*_money_fields()]:
            raise DeclarationError(f"{name} does not begin with its currency and rate",
                                   expected="the fields of MoneyFact first")  # fmt: skip
        defaults = {info.name: info.default for info in msgspec.structs.fields(fact)}
        for one in wire:
            is_money = one.kind is Kind.CURRENCY and issubclass(fact, MoneyFact)
            kind = MONEY if is_money else _KINDS[one.kind]
            text = None if one.required else _json(one, defaults[one.name])
            self._add_field(one.wire, kind, text, one, _MONEY if is_money else self._words(one))
        if name in layout.facts:
            places = {one.name: place for place, one in enumerate(wire)}
            for wanted in layout.facts[name].inputs:
                self.fills.append(self._fill(name, wanted, wire, places))
            for link in layout.facts[name].links:
                if link.view not in self.views:
                    self.views.append(link.view)
                self.links.append((self.views.index(link.view), places[link.column]))
        self._end(layout.number_of(name))

    def made(self, rate_places: int) -> LineTables:
        ends = np.array(self.ends, dtype=np.int64)
        sections = [*ends.T, self.numbers, self.fields, self.fills, self.links, [rate_places]]
        most = np.diff(ends, axis=0).max(axis=0).tolist()
        if most[0] > MOST_FIELDS:
            raise DeclarationError(f"a fact of {most[0]} fields", expected=f"up to {MOST_FIELDS}")
        return LineTables(
            flat=flattened([np.array(section, dtype=np.int64) for section in sections]),
            lexicon=lexicon_of(self.meanings),
            tail=bytes(self.tail) + bytes(PADDING),
            views=tuple(self.views),
            most_links=most[2],
        )

    def _end(self, number: int) -> None:
        self.ends.append((len(self.fields), len(self.fills), len(self.links)))
        self.numbers.append(number)

    def _add_field(
        self, name: str, kind: int, default: bytes | None, one: WireField | None = None,
        scope: int = 0,
    ) -> None:  # fmt: skip
        place = len(self.fields) - self.ends[-1][0]
        self.meanings.append((KEYS_OF + len(self.numbers), name, place))
        start = NO_DEFAULT
        if default is not None:
            start = len(self.tail)
            self.tail += default + b"\n"
        nullable = one is not None and one.nullable
        self.fields.append((kind, nullable, start, start + len(default or b""), scope, *_key(name)))

    def _fill(
        self, name: str, wanted: Input, wire: tuple[WireField, ...], places: dict[str, int]
    ) -> tuple[int, ...]:
        column = wanted.column
        if column.endswith(_BASE) and column not in places:
            return (IN_BASE, places[column.removesuffix(_BASE) + _MINOR], 0)
        kind, place = wire[places[column]].kind, places[column]
        is_text = kind in (Kind.TEXT, Kind.CHOICE, Kind.CURRENCY)
        if wanted.kind in ("integer", "flag"):
            if is_text or kind in (Kind.INSTANT, Kind.NUMBER):
                raise DeclarationError(f"{name}.{column} is {kind.value}",
                                       expected="a whole number or a flag")  # fmt: skip
            return (AS_NUMBER, place, 0)
        if not is_text:
            raise DeclarationError(f"{name}.{column} is {kind.value}", expected="a text")
        if wanted.kind == "code":
            return (AS_CODE, place, self._scope(wanted.codes))
        return (AS_BUCKET, place, 0)

    def _words(self, one: WireField) -> int:
        return self._scope(one.choices) if one.kind is Kind.CHOICE else _CURRENCIES

    def _scope(self, words: tuple[str, ...]) -> int:
        """Return the scope in which each of some words stands for its place."""
        if words not in self.scopes:
            scope = self.scopes[words] = -1 - len(self.scopes)
            self.meanings += [(scope, word, place) for place, word in enumerate(words)]
        return self.scopes[words]


def _money_fields() -> tuple[str, ...]:
    return MoneyFact.__struct_fields__


def _json(one: WireField, default: object) -> bytes:
    """Return a field's default as it would stand in a line; nonsense where it cannot."""
    if one.kind is Kind.AMOUNT and isinstance(default, int):
        return b'"0"' if default == 0 else b"?"
    return msgspec.json.encode(default)


def _key(name: str) -> tuple[int, ...]:
    """Return a key as it begins in a line; one too long for it is nowhere to be expected."""
    key = f'"{name}":'.encode()
    fits = len(key) <= _KEY_BYTES
    words, kept = (key, b"\xff" * len(key)) if fits else (b"", b"\xff" * _KEY_BYTES)
    both = words.ljust(_KEY_BYTES, b"\0") + kept.ljust(_KEY_BYTES, b"\0")
    return (len(key), *np.frombuffer(both, dtype=np.int64).tolist())
