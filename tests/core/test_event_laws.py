"""Laws over every declared fact type; the events are made from the types' own declarations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from core.currency import EXPONENTS
from core.events.codec import decode, encode
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.registry import facts
from core.events.wire import Kind, WireField, wire_fields
from core.money import INT64_MAX
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
NAMES = TEXTS.filter(str.strip)
INTEGERS = st.integers(-INT64_MAX, INT64_MAX)
INSTANTS = st.datetimes(
    min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)
)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.AMOUNT: INTEGERS,
    Kind.RATE: st.integers(1, INT64_MAX),
    Kind.INSTANT: INSTANTS,
    Kind.CURRENCY: st.sampled_from(sorted(EXPONENTS)),
    Kind.TEXT: TEXTS,
    Kind.INTEGER: INTEGERS,
    Kind.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    Kind.FLAG: st.booleans(),
}


def values(field: WireField) -> st.SearchStrategy[Any]:
    plain = st.sampled_from(field.choices) if field.kind is Kind.CHOICE else VALUES[field.kind]
    return st.none() | plain if field.nullable else plain


def facts_of(fact: type[Fact]) -> st.SearchStrategy[Fact]:
    return st.builds(fact, **{field.name: values(field) for field in wire_fields(fact)})


def events_of(fact: type[Fact]) -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        id=st.uuids(),
        source=NAMES,
        subject=NAMES,
        time=INSTANTS,
        recorded=INSTANTS,
        fact=facts_of(fact),
    )


@pytest.mark.parametrize("name", facts())
@settings(max_examples=20, deadline=None)
@given(drawn=st.data())
def test_an_event_of_every_type_comes_back_as_it_went(name: str, drawn: st.DataObject) -> None:
    event = drawn.draw(events_of(facts()[name]))

    assert decode(encode(event)) == event


@settings(max_examples=100, deadline=None)
@given(drawn=st.data(), base=VALUES[Kind.CURRENCY])
def test_exchange_rates_come_back_whatever_the_base(drawn: st.DataObject, base: str) -> None:
    event = drawn.draw(events_of(facts()["deposit_approved"]))

    assert decode(encode(event, base_currency=base), base_currency=base) == event
