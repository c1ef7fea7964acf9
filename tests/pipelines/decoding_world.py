"""Layouts, events and decoders for tests of decoding, and the check against the codec."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st

from core.errors import EventError
from core.events.codec import decode
from core.events.envelope import Event, UnknownEvent
from core.events.fact import Fact, MoneyFact
from core.events.families.game import BetPlaced
from core.events.registry import fact_name, facts
from core.events.wire import Kind, WireField, wire_fields
from core.ids import uuid7
from core.money import INT64_MAX
from features.columns import columns_of
from features.reference import Row
from features.registry import all_views
from features.state.facts import batch_of_rows
from features.state.inputs import Input, Link
from features.state.layout import FactLayout, StateLayout, layout_of
from pipelines.stream.decoding import BatchDecoder
from pipelines.stream.decoding_batch import Decoded, Places
from pipelines.stream.decoding_checks import micros, refusal

AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
NOW_US = micros(datetime(2100, 1, 1, tzinfo=UTC))


def _every_column() -> StateLayout:
    """A layout that wants all there is of every fact, text both as a code and as a bucket."""
    made = {}
    for number, name in enumerate(facts()):
        inputs, links = [], []
        for column, kind in columns_of(name).items():
            if kind == "VARCHAR":
                inputs += [Input(column, "code", ("card", "EUR", "a")), Input(column, "bucket")]
                links.append(Link("shared", column))
            elif kind in ("BIGINT", "BOOLEAN"):
                inputs.append(Input(column, "flag" if kind == "BOOLEAN" else "integer"))
        made[name] = FactLayout(name, number, tuple(inputs), (), tuple(links))
    return StateLayout((), (), made)


VIEWS_LAYOUT, WIDE_LAYOUT = layout_of(tuple(all_views())), _every_column()
BY_VIEWS, BY_ALL = BatchDecoder(VIEWS_LAYOUT), BatchDecoder(WIDE_LAYOUT)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["", "card", "\n", "é"])
AMOUNTS = st.integers(0, 10**6) | st.integers(-2, INT64_MAX) | st.just(0)
_BOUNDS = (datetime(1989, 12, 1), datetime(2100, 2, 1))  # noqa: DTZ001 - hypothesis adds the zone
INSTANTS = st.datetimes(*_BOUNDS, timezones=st.just(UTC))
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.AMOUNT: AMOUNTS,
    Kind.RATE: st.sampled_from([1_000_000, 87_654]) | st.integers(1, INT64_MAX),
    Kind.INSTANT: INSTANTS | st.datetimes(timezones=st.just(UTC)),
    Kind.CURRENCY: st.sampled_from(["EUR", "SEK", "JPY", "KWD", "CLF"]),
    Kind.TEXT: TEXTS,
    Kind.INTEGER: st.integers(-INT64_MAX, INT64_MAX),
    Kind.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    Kind.FLAG: st.booleans(),
}


def _values(field: WireField) -> st.SearchStrategy[Any]:
    plain = st.sampled_from(field.choices) if field.kind is Kind.CHOICE else VALUES[field.kind]
    return st.none() | plain if field.nullable else plain


def events_of(fact: type[Fact]) -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        id=st.uuids(),
        source=st.sampled_from(["house/cashier", "é"]),
        subject=TEXTS.filter(str.strip),
        time=INSTANTS,
        recorded=INSTANTS,
        fact=st.builds(fact, **{field.name: _values(field) for field in wire_fields(fact)}),
    )


def _row(event: Event) -> Row:
    """Return a fact as the definition of features reads it."""
    cells: dict[str, Any] = {"player_id": event.subject} | msgspec.structs.asdict(event.fact)
    if isinstance(event.fact, MoneyFact):
        for name in [name for name in cells if name.endswith("_minor")]:
            rate, amount = event.fact.exchange_rate_e6, cells[name]
            base = None if amount is None else (amount * rate + 500_000) // 1_000_000
            cells[f"{name[:-6]}_base_minor"] = base
    name = fact_name(type(event.fact))
    return Row(name, str(event.id), micros(event.time), micros(event.recorded), cells)


def decoded_by(
    decoder: BatchDecoder, values: Sequence[bytes], appended_us: int = NOW_US
) -> Decoded:
    count = len(values)
    places = Places(
        np.full(count, 3, np.int32), np.arange(100, 100 + count), np.full(count, appended_us)
    )
    return decoder.decode(values, places)


def check_same(decoded: Decoded, layout: StateLayout, values: Sequence[bytes]) -> None:
    """Check a batch against the codec, the checks of landing and the definition, one by one."""
    kept: list[tuple[int, Event]] = []
    refused: list[tuple[int, str]] = []
    unknown: list[int] = []
    for index, value in enumerate(values):
        try:
            event = decode(value)
        except EventError as error:
            refused.append((index, str(error)))
            continue
        if isinstance(event, UnknownEvent):
            unknown.append(index)
        elif (reason := refusal(event)) is not None:
            refused.append((index, reason))
        else:
            kept.append((index, event))
    assert [(one.index, one.reason) for one in decoded.poison] == refused
    assert decoded.unknown.total() == len(unknown)
    is_known = ~np.isin(decoded.index, unknown)
    found = decoded.facts.taken(np.flatnonzero(is_known))
    wanted = batch_of_rows(layout, [(event.subject, _row(event)) for _, event in kept])
    assert decoded.index.tolist() == sorted([*unknown, *(index for index, _ in kept)])
    assert found.player == wanted.player
    for name in ("fact", "occurred", "recorded", "id_high", "id_low", "cells"):
        assert getattr(found, name).tolist() == getattr(wanted, name).tolist(), name
    assert found.offset.tolist() == [100 + index for index, _ in kept]
    assert set(found.partition.tolist()) <= {3}
    _same_links(decoded, layout, kept)


def _same_links(decoded: Decoded, layout: StateLayout, kept: list[tuple[int, Event]]) -> None:
    wanted = sorted(
        (index, link.view, getattr(event.fact, link.column))
        for index, event in kept
        if (name := fact_name(type(event.fact))) in layout.facts
        for link in layout.facts[name].links
        if getattr(event.fact, link.column) is not None
    )
    links = decoded.links
    rows = [int(decoded.index[row]) for row in links.row]
    assert sorted(zip(rows, links.view, links.key, strict=True)) == wanted


def plain_data(fact: type[Fact]) -> dict[str, Any]:
    """Return the wire data of a fact with all its fields."""
    words = {Kind.AMOUNT: "12.50", Kind.RATE: "1", Kind.INSTANT: "2026-03-01T12:00:00Z"}
    words |= {Kind.CURRENCY: "EUR", Kind.TEXT: "card"}
    others = {Kind.INTEGER: 7, Kind.NUMBER: 0.5, Kind.FLAG: True}
    return {
        field.wire: field.choices[0] if field.choices else (words | others)[field.kind]
        for field in wire_fields(fact)
    }


def bet(**changes: Any) -> Event:
    placed = BetPlaced(
        currency="EUR", exchange_rate_e6=1_000_000, activity_id="a", round_id="r", game_id="g",
        vendor_id="v", amount_minor=100, wager_minor=100,
    )  # fmt: skip
    fact = msgspec.structs.replace(placed, **changes)
    return Event(id=uuid7(AT, 1), source="s", subject="p", time=AT, recorded=AT, fact=fact)
