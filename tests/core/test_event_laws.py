"""Laws over every declared fact type; the events are made from the types' own declarations."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from core.currency import EXPONENTS
from core.events.codec import decode, encode
from core.events.envelope import Event
from core.events.fact import Fact, MoneyFact
from core.events.families.game import Play
from core.events.fasttrack import export_message, import_line, message_line
from core.events.fasttrack.kind import kinds
from core.events.registry import event_type, facts
from core.events.schema_files import current_schemas
from core.events.wire import Kind, WireField, wire_fields
from core.ids import uuid7
from core.money import INT64_MAX, RATE_UNIT

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
NAMES = TEXTS.filter(str.strip)
INTEGERS = st.integers(-INT64_MAX, INT64_MAX)
INSTANTS = st.datetimes(timezones=st.just(UTC))
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

VALIDATORS = {
    name: Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for name, schema in current_schemas().items()
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


@pytest.mark.parametrize("name", facts())
@settings(max_examples=10, deadline=None)
@given(drawn=st.data())
def test_an_event_of_every_type_keeps_its_own_schema(name: str, drawn: st.DataObject) -> None:
    event = drawn.draw(events_of(facts()[name]))
    schema = VALIDATORS[event.type]

    schema.validate(json.loads(encode(event)))


@pytest.mark.parametrize("name", facts())
def test_a_schema_refuses_an_event_without_its_data(name: str) -> None:
    fact = facts()[name]
    schema = VALIDATORS[event_type(fact)]
    required = [field.wire for field in wire_fields(fact) if field.required]

    errors = [error.message for error in schema.iter_errors({"data": {}})]

    assert all(any(f"'{wire}' is a required" in error for error in errors) for wire in required)
    assert any("'subject' is a required" in error for error in errors)


@settings(max_examples=100, deadline=None)
@given(drawn=st.data(), base=VALUES[Kind.CURRENCY])
def test_exchange_rates_come_back_whatever_the_base(drawn: st.DataObject, base: str) -> None:
    event = drawn.draw(events_of(facts()["deposit_approved"]))

    assert decode(encode(event, base_currency=base), base_currency=base) == event


def _sendable(fact: type[Fact]) -> st.SearchStrategy[Event]:
    """Events Fast Track could have: no debts, no blank texts, wagers that add up, a base of one."""
    plain = {
        field.name: st.integers(0, 10**12)
        if field.kind is Kind.AMOUNT
        else NAMES
        if field.kind is Kind.TEXT
        else values(field)
        for field in wire_fields(fact)
    }
    return st.builds(fact, **plain).map(_adding_up).map(_event)


def _adding_up(fact: Fact) -> Fact:
    if isinstance(fact, MoneyFact) and fact.currency == "EUR":
        fact = replace(fact, exchange_rate_e6=RATE_UNIT)
    if isinstance(fact, Play):
        wagers = fact.wager_minor + fact.bonus_wager_minor + fact.locked_wager_minor
        fact = replace(fact, amount_minor=wagers)
    return fact


def _event(fact: Fact) -> Event:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Event(id=uuid7(at, 1), source="op/brand/x", subject="7", time=at, recorded=at, fact=fact)


@pytest.mark.parametrize("fact", [f for k in kinds().values() for f in k.writes])
@settings(max_examples=20, deadline=None)
@given(drawn=st.data())
def test_a_message_sent_and_read_back_says_the_same(fact: type[Fact], drawn: st.DataObject) -> None:
    sent = export_message(drawn.draw(_sendable(fact)))

    assert sent is not None
    back = import_line(message_line(sent))

    assume(isinstance(back, Event))  # a win of nothing is no fact
    assert isinstance(back, Event)
    again = export_message(back)
    assert again is not None
    assert message_line(again) == message_line(sent)
