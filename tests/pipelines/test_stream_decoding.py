"""The fast decoder says of every message what the codec and landing's checks say of it."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.currency import EXPONENTS
from core.events.codec import encode
from core.events.dead_letter import letters
from core.events.envelope import Event
from core.events.families.payment import DepositApproved
from core.events.registry import event_type, facts
from core.ids import uuid7
from core.money import INT64_MAX
from core.settings import Settings
from features.state.facts import FactBatch
from features.state.layout import NOT_A_PLAYER
from pipelines.landing.adapter import adapter_named
from pipelines.landing.land import Sources, land
from pipelines.stream.decoding_checks import micros
from tests.pipelines.decoding_world import (
    AT,
    BY_ALL,
    BY_VIEWS,
    VIEWS_LAYOUT,
    WIDE_LAYOUT,
    bet,
    check_same,
    decoded_by,
    events_of,
    plain_data,
)

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
law = settings(deadline=None, max_examples=EXAMPLES)


@pytest.mark.parametrize("name", facts())
@settings(deadline=None, max_examples=max(EXAMPLES // 20, 10))  # times more than 60 kinds of facts
@given(drawn=st.data())
def test_an_event_of_every_type_gives_the_cells_of_the_definition(
    name: str, drawn: st.DataObject
) -> None:
    values = [encode(one) for one in drawn.draw(st.lists(events_of(facts()[name]), max_size=5))]

    check_same(decoded_by(BY_ALL, values), WIDE_LAYOUT, values)
    check_same(decoded_by(BY_VIEWS, values), VIEWS_LAYOUT, values)


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
    event = draw(_FACTS.flatmap(lambda name: events_of(facts()[name])))
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
    check_same(decoded_by(BY_ALL, values), WIDE_LAYOUT, values)


@pytest.mark.parametrize("name", ["bet_placed", "player_timed_out", "player_registered", "scored"])
def test_every_odd_value_in_every_field_is_read_as_the_codec_reads_it(name: str) -> None:
    line: dict[str, Any] = json.loads(encode(bet()))
    line |= {
        "type": event_type(facts()[name]),
        "data": plain_data(facts()[name]),
        "data_base64": None,
    }
    values = [json.dumps(line | {key: odd}).encode() for key in line for odd in _ODD_VALUES]
    for field in line["data"]:
        changed = [{**line, "data": line["data"] | {field: odd}} for odd in _ODD_VALUES]
        values += [json.dumps(one).encode() for one in changed]

    check_same(decoded_by(BY_ALL, values), WIDE_LAYOUT, values)


@law
@given(values=st.lists(_mutated(), min_size=1, max_size=8), cuts=st.sets(st.integers(1, 7)))
def test_how_messages_are_cut_into_batches_changes_nothing(
    values: list[bytes], cuts: set[int]
) -> None:
    bounds = [0, *sorted(cut for cut in cuts if cut < len(values)), len(values)]
    whole = decoded_by(BY_ALL, values)

    parts = [decoded_by(BY_ALL, values[a:b]) for a, b in pairwise(bounds)]

    reasons = [one.reason for part in parts for one in part.poison]
    assert reasons == [one.reason for one in whole.poison]
    for name in ("fact", "occurred", "recorded", "id_high", "id_low", "cells"):
        column = np.concatenate([getattr(part.facts, name) for part in parts])
        assert column.tolist() == getattr(whole.facts, name).tolist()


def test_two_events_in_one_message_are_poison_however_they_are_split() -> None:
    one = encode(bet())
    half = one[: len(one) // 2]
    values = [one + b"," + half, one[len(half) :], one, one + b"," + one, b"", one]

    decoded = decoded_by(BY_VIEWS, values)

    assert [poison.index for poison in decoded.poison] == [0, 1, 3, 4]
    assert decoded.index.tolist() == [2, 5]


def test_poison_in_the_midst_of_a_large_batch_moves_nothing() -> None:
    values = [encode(bet(amount_minor=n)) for n in range(9_000)]
    for index in (0, 255, 256, 2_047, 8_191, 8_192, 8_999):
        values[index] = b"{"

    decoded = decoded_by(BY_VIEWS, values)

    place = [i.column for i in VIEWS_LAYOUT.facts["bet_placed"].inputs].index("amount_base_minor")
    assert len(decoded.poison) == 7
    assert decoded.facts.cells[:, place].tolist() == decoded.index.tolist()
    assert (decoded.facts.offset - 100).tolist() == decoded.index.tolist()


def test_a_known_time_after_the_append_is_poison_and_one_a_minute_ahead_is_not() -> None:
    value = encode(bet())

    just = decoded_by(BY_VIEWS, [value], micros(AT - timedelta(seconds=60)))
    beyond = decoded_by(BY_VIEWS, [value], micros(AT - timedelta(seconds=60)) - 1)

    assert (len(just.facts), just.poison) == (1, [])
    assert len(beyond.facts) == 0
    assert "known time in the future" in beyond.poison[0].reason


def test_what_happens_after_it_is_known_is_moved_back() -> None:
    value = encode(bet()).replace(b'"time":"2026-03-01', b'"time":"2026-03-02')

    decoded = decoded_by(BY_VIEWS, [value])

    assert decoded.facts.occurred.tolist() == decoded.facts.recorded.tolist() == [micros(AT)]


def test_events_of_unknown_types_are_of_no_player_but_have_their_id_and_known_time() -> None:
    known = encode(bet())
    unknown = known.replace(b"bet_placed.v1", b"bet_placed.v9")

    decoded = decoded_by(BY_VIEWS, [unknown, known])

    assert decoded.facts.fact.tolist()[0] == NOT_A_PLAYER
    assert decoded.facts.recorded.tolist() == [micros(AT)] * 2
    assert decoded.facts.id_low[0] == decoded.facts.id_low[1]
    assert decoded.unknown == {"io.evenhand.game.bet_placed.v9": 1}
    assert decoded.poison == []


def test_no_message_at_all_is_an_empty_batch() -> None:
    decoded = decoded_by(BY_VIEWS, [])

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

    decoded = decoded_by(
        BY_VIEWS, [deposit(9, "i"), deposit(1, "i"), deposit(5, "i"), deposit(0, None)]
    )

    keep = np.array([True, False, True, True])
    first = {("shared_instrument", "i", "p"): micros(AT + timedelta(seconds=5))}
    assert decoded.links.known(decoded.facts, keep) == first


def _edges() -> list[Event]:
    amounts = [0, 1, -1, 10**12, 2**63 // 10**6 - 1, 2**63 // 10**6, INT64_MAX]
    rates = [1, 10**6, 2 * 10**6, INT64_MAX]
    bets = [bet(balance_after_minor=a, exchange_rate_e6=r) for a in amounts for r in rates]
    bets += [bet(balance_after_minor=None), bet(wager_minor=-5)]
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
    return Event(id=uuid7(AT, 1), source="s", subject="p", fact=bet().fact, **whole)


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
    poison = {one.index: one.reason for one in decoded_by(BY_VIEWS, [*map(encode, events)]).poison}
    assert poison.keys() == refused.keys()
    assert {i: why for i, why in poison.items() if "lies outside" not in why} == {
        i: why for i, why in refused.items() if "lies outside" not in why
    }
    assert 0 < len(poison) < len(events)


def test_a_message_with_a_zone_of_its_own_is_the_same_instant() -> None:
    zone = timezone(timedelta(hours=-3, minutes=-30))
    local = AT.astimezone(zone).isoformat().encode()
    value = encode(bet()).replace(b"2026-03-01T12:00:00.250000Z", local)

    decoded = decoded_by(BY_VIEWS, [value])

    assert decoded.facts.recorded.tolist() == [micros(AT)]
    assert isinstance(decoded.facts, FactBatch)


def test_every_currency_is_read_with_its_decimals() -> None:
    values = [encode(bet(currency=code, amount_minor=1234)) for code in EXPONENTS]

    check_same(decoded_by(BY_ALL, values), WIDE_LAYOUT, values)
