"""The fast decoder says of every message what the codec and landing's checks say of it."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.currency import EXPONENTS
from core.errors import EventError
from core.events.codec import decode, encode
from core.events.dead_letter import letters
from core.events.envelope import Event, UnknownEvent
from core.events.fact import Fact, MoneyFact
from core.events.families.game import BetPlaced
from core.events.families.payment import DepositApproved
from core.events.registry import event_type, fact_name, facts
from core.events.wire import Kind, WireField, wire_fields
from core.ids import uuid7
from core.money import INT64_MAX
from core.settings import Settings
from features.columns import columns_of
from features.reference import Row
from features.registry import all_views
from features.state.facts import FactBatch, batch_of_rows
from features.state.inputs import Input, Link
from features.state.layout import NOT_A_PLAYER, FactLayout, StateLayout, layout_of
from pipelines.landing.adapter import adapter_named
from pipelines.landing.land import Sources, land
from pipelines.stream.decoding import BatchDecoder
from pipelines.stream.decoding_batch import Decoded, Places
from pipelines.stream.decoding_checks import micros, refusal

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
law = settings(deadline=None, max_examples=EXAMPLES)
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


def _events(fact: type[Fact]) -> st.SearchStrategy[Event]:
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


def _decoded(decoder: BatchDecoder, values: Sequence[bytes], appended_us: int = NOW_US) -> Decoded:
    count = len(values)
    places = Places(
        np.full(count, 3, np.int32), np.arange(100, 100 + count), np.full(count, appended_us)
    )
    return decoder.decode(values, places)


def _same(decoded: Decoded, layout: StateLayout, values: Sequence[bytes]) -> None:
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


@pytest.mark.parametrize("name", facts())
@settings(deadline=None, max_examples=max(EXAMPLES // 20, 10))  # times more than 60 kinds of facts
@given(drawn=st.data())
def test_an_event_of_every_type_gives_the_cells_of_the_definition(
    name: str, drawn: st.DataObject
) -> None:
    values = [encode(one) for one in drawn.draw(st.lists(_events(facts()[name]), max_size=5))]

    _same(_decoded(BY_ALL, values), WIDE_LAYOUT, values)
    _same(_decoded(BY_VIEWS, values), VIEWS_LAYOUT, values)


_ODD_VALUES: list[Any] = [
    None, True, 0, -1, 7, 2**63, 1.0, 1e300, "", " ", "\n", "0", "-0", "1", "1.", ".5", "01.50",
    "1.5e3", "1.000000000000000000000000000000000000000", "9" * 19, "9" * 30, "9" * 41, "-1",
    "92233720368547758.07", "92233720368547758.08", "9223372036854775807", "½", "٣", "1\n2",
    "0.01", "0.001", "1.2300", "EUR", "XXX", "eur", "SEK", "card", "slots", [], {}, ["EUR"], "2.0",
    "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.5Z", "2026-03-01T12:00:00.1234565Z",
    "2026-03-01T12:00:00.123456789Z", "2026-03-01T14:00:00+02:00", "2026-03-01T12:00:00-00:00",
    "2026-03-01T12:00:00+00:00", "2026-03-01T12:00:00+24:00", "2026-03-01T12:00:00+05:60",
    "2026-03-01t12:00:00z", "2026-03-01 12:00:00Z", "2026-03-01T12:00:60Z", "2026-02-29T12:00:00Z",
    "2024-02-29T23:59:59.999999Z", "1900-02-29T00:00:00Z", "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00", "2026-03-01T12:00:00",
    "2026-03-01T12:00:00.Z", "2026-13-01T12:00:00Z", "2026-03-01T24:00:00Z", "1969-12-31T23:59:59Z",
    "1989-12-31T23:59:59.999999Z", "1990-01-01T00:00:00Z", "2099-12-31T23:59:59.999999Z",
    "2100-01-01T00:00:00Z", "019CA945-0A00-7000-8000-00000000000F", "019ca9450a0070008000000000001",
    "019ca945-0a00-7000-8000-00000000000g", "019ca945-0a00-7000-8000_000000000001", "é" * 36,
    "io.evenhand.game.bet_placed.v1", "io.evenhand.game.bet_placed.v9", "application/json",
]  # fmt: skip
_ODD_JSON = [
    '{"added":1}', '{"added":1e400}', '{"added":"\\ud800"}', '{"added":[[{}]]}', '{"added":nul}',
    '{"amount_minor":1,"exchange_rate_e6":1}', '{"currency":"SEK"}', '{"amount":"x"}', '{"a":1,}',
]  # fmt: skip
_FACTS = st.sampled_from(sorted(facts())) | st.sampled_from(["bet_placed", "player_timed_out"])


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """A line with one thing changed, or with nothing changed."""
    event = draw(_FACTS.flatmap(lambda name: _events(facts()[name])))
    line: dict[str, Any] = json.loads(encode(event))
    line |= {"time": "2026-03-01T12:00:00.25Z", "recordedtime": "2026-03-01T12:00:01Z"}
    whole = json.dumps(line).encode()
    way = draw(st.sampled_from(["set", "set data", "drop", "added", "bytes", "shape", "none"]))
    if way == "set":
        line[draw(st.sampled_from(sorted(line)))] = draw(st.sampled_from(_ODD_VALUES))
    elif way == "set data" and line["data"]:
        field = draw(st.sampled_from(sorted(line["data"])))
        line["data"][field] = draw(st.sampled_from(_ODD_VALUES))
    elif way == "drop":
        part = draw(st.sampled_from([line, line["data"]]))
        if part:
            del part[draw(st.sampled_from(sorted(part)))]
    elif way == "added":  # a later key of the same name wins, or is unknown
        added = draw(st.sampled_from(_ODD_JSON))[1:].encode()
        end = b"}" if draw(st.booleans()) else b"}}"
        return whole.removesuffix(end) + b"," + added + end[1:]
    elif way == "bytes":
        cut, noise = draw(st.integers(0, len(whole))), draw(st.binary(max_size=3))
        return whole[:cut] + noise + whole[cut + len(noise) :]
    elif way == "shape":
        shapes = [whole + b"," + whole, whole + b"\n" + whole, b"[" + whole + b"]", b"", b" ",
                  b"\xef\xbb\xbf" + whole, b" " + whole + b"\n",
                  json.dumps(line, indent=1).encode(),
                  whole[:-1], b"}" + whole, b"null", b"\xff"]  # fmt: skip
        return draw(st.sampled_from(shapes))
    return json.dumps(line).encode()


@law
@given(values=st.lists(_mutated(), min_size=1, max_size=8))
def test_what_the_codec_refuses_is_poison_and_all_else_has_its_values(values: list[bytes]) -> None:
    _same(_decoded(BY_ALL, values), WIDE_LAYOUT, values)


def _plain(fact: type[Fact]) -> dict[str, Any]:
    """Return the wire data of a fact with all its fields."""
    words = {Kind.AMOUNT: "12.50", Kind.RATE: "1", Kind.INSTANT: "2026-03-01T12:00:00Z"}
    words |= {Kind.CURRENCY: "EUR", Kind.TEXT: "card"}
    others = {Kind.INTEGER: 7, Kind.NUMBER: 0.5, Kind.FLAG: True}
    return {
        field.wire: field.choices[0] if field.choices else (words | others)[field.kind]
        for field in wire_fields(fact)
    }


@pytest.mark.parametrize("name", ["bet_placed", "player_timed_out", "player_registered", "scored"])
def test_every_odd_value_in_every_field_is_read_as_the_codec_reads_it(name: str) -> None:
    line: dict[str, Any] = json.loads(encode(_bet()))
    line |= {"type": event_type(facts()[name]), "data": _plain(facts()[name]), "data_base64": None}
    values = [json.dumps(line | {key: odd}).encode() for key in line for odd in _ODD_VALUES]
    for field in line["data"]:
        changed = [{**line, "data": line["data"] | {field: odd}} for odd in _ODD_VALUES]
        values += [json.dumps(one).encode() for one in changed]

    _same(_decoded(BY_ALL, values), WIDE_LAYOUT, values)


@law
@given(values=st.lists(_mutated(), min_size=1, max_size=8), cuts=st.sets(st.integers(1, 7)))
def test_how_messages_are_cut_into_batches_changes_nothing(
    values: list[bytes], cuts: set[int]
) -> None:
    bounds = [0, *sorted(cut for cut in cuts if cut < len(values)), len(values)]
    whole = _decoded(BY_ALL, values)

    parts = [_decoded(BY_ALL, values[a:b]) for a, b in pairwise(bounds)]

    reasons = [one.reason for part in parts for one in part.poison]
    assert reasons == [one.reason for one in whole.poison]
    for name in ("fact", "occurred", "recorded", "id_high", "id_low", "cells"):
        column = np.concatenate([getattr(part.facts, name) for part in parts])
        assert column.tolist() == getattr(whole.facts, name).tolist()


def _bet(**changes: Any) -> Event:
    bet = BetPlaced(
        currency="EUR", exchange_rate_e6=1_000_000, activity_id="a", round_id="r", game_id="g",
        vendor_id="v", amount_minor=100, wager_minor=100,
    )  # fmt: skip
    fact = msgspec.structs.replace(bet, **changes)
    return Event(id=uuid7(AT, 1), source="s", subject="p", time=AT, recorded=AT, fact=fact)


def test_two_events_in_one_message_are_poison_however_they_are_split() -> None:
    one = encode(_bet())
    half = one[: len(one) // 2]
    values = [one + b"," + half, one[len(half) :], one, one + b"," + one, b"", one]

    decoded = _decoded(BY_VIEWS, values)

    assert [poison.index for poison in decoded.poison] == [0, 1, 3, 4]
    assert decoded.index.tolist() == [2, 5]


def test_poison_in_the_midst_of_a_large_batch_moves_nothing() -> None:
    values = [encode(_bet(amount_minor=n)) for n in range(9_000)]
    for index in (0, 255, 256, 2_047, 8_191, 8_192, 8_999):
        values[index] = b"{"

    decoded = _decoded(BY_VIEWS, values)

    place = [i.column for i in VIEWS_LAYOUT.facts["bet_placed"].inputs].index("amount_base_minor")
    assert len(decoded.poison) == 7
    assert decoded.facts.cells[:, place].tolist() == decoded.index.tolist()
    assert (decoded.facts.offset - 100).tolist() == decoded.index.tolist()


def test_a_known_time_after_the_append_is_poison_and_one_a_minute_ahead_is_not() -> None:
    value = encode(_bet())

    just = _decoded(BY_VIEWS, [value], micros(AT - timedelta(seconds=60)))
    beyond = _decoded(BY_VIEWS, [value], micros(AT - timedelta(seconds=60)) - 1)

    assert (len(just.facts), just.poison) == (1, [])
    assert len(beyond.facts) == 0
    assert "known time in the future" in beyond.poison[0].reason


def test_what_happens_after_it_is_known_is_moved_back() -> None:
    value = encode(_bet()).replace(b'"time":"2026-03-01', b'"time":"2026-03-02')

    decoded = _decoded(BY_VIEWS, [value])

    assert decoded.facts.occurred.tolist() == decoded.facts.recorded.tolist() == [micros(AT)]


def test_events_of_unknown_types_are_of_no_player_but_have_their_id_and_known_time() -> None:
    known = encode(_bet())
    unknown = known.replace(b"bet_placed.v1", b"bet_placed.v9")

    decoded = _decoded(BY_VIEWS, [unknown, known])

    assert decoded.facts.fact.tolist()[0] == NOT_A_PLAYER
    assert decoded.facts.recorded.tolist() == [micros(AT)] * 2
    assert decoded.facts.id_low[0] == decoded.facts.id_low[1]
    assert decoded.unknown == {"io.evenhand.game.bet_placed.v9": 1}
    assert decoded.poison == []


def test_no_message_at_all_is_an_empty_batch() -> None:
    decoded = _decoded(BY_VIEWS, [])

    assert len(decoded.facts) == 0
    assert decoded.facts.cells.shape == (0, VIEWS_LAYOUT.width)


def test_ties_known_from_kept_facts_only_and_from_the_first_of_them() -> None:
    def deposit(seconds: int, instrument: str | None) -> bytes:
        at = AT + timedelta(seconds=seconds)
        paid = DepositApproved(
            currency="EUR", exchange_rate_e6=1_000_000, payment_id="p", amount_minor=1,
            instrument_id=instrument,
        )  # fmt: skip
        return encode(
            Event(id=uuid7(at, 1), source="s", subject="p", time=at, recorded=at, fact=paid)
        )

    decoded = _decoded(
        BY_VIEWS, [deposit(9, "i"), deposit(1, "i"), deposit(5, "i"), deposit(0, None)]
    )

    keep = np.array([True, False, True, True])
    first = {("shared_instrument", "i", "p"): micros(AT + timedelta(seconds=5))}
    assert decoded.links.known(decoded.facts, keep) == first


def _edges() -> list[Event]:
    amounts = [0, 1, -1, 10**12, 2**63 // 10**6 - 1, 2**63 // 10**6, INT64_MAX]
    rates = [1, 10**6, 2 * 10**6, INT64_MAX]
    bets = [_bet(balance_after_minor=a, exchange_rate_e6=r) for a in amounts for r in rates]
    bets += [_bet(balance_after_minor=None), _bet(wager_minor=-5)]
    times = [datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)]
    moved = [
        _moved(field, at)
        for field in ("time", "recorded")
        for time in times
        for at in (time, time - timedelta(microseconds=1))
    ]
    return [_numbered(event, number) for number, event in enumerate([*bets, *moved])]


def _moved(field: str, at: datetime) -> Event:
    whole: dict[str, Any] = {"time": AT, "recorded": AT} | {field: at}
    return Event(id=uuid7(AT, 1), source="s", subject="p", fact=_bet().fact, **whole)


def _numbered(event: Event, number: int) -> Event:
    return Event(
        id=uuid7(AT, number), source="s", subject="p", time=event.time, recorded=event.recorded,
        fact=event.fact,
    )  # fmt: skip


def test_the_stream_refuses_what_landing_refuses(tmp_path: Path) -> None:
    events = _edges()
    path = tmp_path / "edges.ndjson"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    house = Settings(home=tmp_path / "home")

    land(Sources((path,), adapter_named("events_ndjson")), house)

    refused = {one.line - 1: one.reason for one in letters(house.dead_letter / "edges.jsonl")}
    poison = {one.index: one.reason for one in _decoded(BY_VIEWS, [*map(encode, events)]).poison}
    assert poison.keys() == refused.keys()
    assert {i: why for i, why in poison.items() if "lies outside" not in why} == {
        i: why for i, why in refused.items() if "lies outside" not in why
    }
    assert 0 < len(poison) < len(events)


def test_a_message_with_a_zone_of_its_own_is_the_same_instant() -> None:
    zone = timezone(timedelta(hours=-3, minutes=-30))
    local = AT.astimezone(zone).isoformat().encode()
    value = encode(_bet()).replace(b"2026-03-01T12:00:00.250000Z", local)

    decoded = _decoded(BY_VIEWS, [value])

    assert decoded.facts.recorded.tolist() == [micros(AT)]
    assert isinstance(decoded.facts, FactBatch)


def test_every_currency_is_read_with_its_decimals() -> None:
    values = [encode(_bet(currency=code, amount_minor=1234)) for code in EXPONENTS]

    _same(_decoded(BY_ALL, values), WIDE_LAYOUT, values)
