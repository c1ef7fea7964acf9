"""A line either is an event, or is refused with a reason that names what is wrong."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import EventError
from core.events.codec import LINE_BYTES_MAX, decode, encode
from core.events.envelope import Envelope, Event, UnknownEvent
from core.events.families.decision import Scored
from core.events.families.limit import LimitSet
from core.events.families.payment import DepositApproved
from core.events.families.player import PlayerRegistered, PlayerTimedOut
from core.ids import uuid7

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEPOSIT = DepositApproved(
    currency="SEK", exchange_rate_e6=87_654, payment_id="p-1", amount_minor=12_550, method="card"
)


def _event(fact: Any) -> Event:
    return Event(
        id=uuid7(AT, 1), source="evenhand/nordwind/wallet", subject="7",
        time=AT, recorded=AT, fact=fact,
    )  # fmt: skip


def _line(fact: Any = DEPOSIT) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(encode(_event(fact)))
    return parsed


def _decoded(line: dict[str, Any]) -> Event | UnknownEvent:
    return decode(json.dumps(line).encode())


def test_the_wire_is_cloudevents_with_decimal_texts() -> None:
    assert _line() == {
        "specversion": "1.0",
        "id": "019ca945-0a00-7000-8000-000000000001",
        "source": "evenhand/nordwind/wallet",
        "type": "io.evenhand.payment.deposit_approved.v1",
        "subject": "7",
        "time": "2026-03-01T12:00:00Z",
        "recordedtime": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "currency": "SEK", "exchange_rate": "0.087654", "payment_id": "p-1",
            "amount": "125.50", "method": "card", "vendor_id": "unknown", "vendor_name": None,
            "instrument_id": None, "device_id": None, "session_id": None, "fee": "0.00",
            "bonus_code": None,
        },
    }  # fmt: skip


ENVELOPE_REFUSALS: list[tuple[str, object, str]] = [
    *((name, None, f"{name} is missing") for name in ("id", "source", "subject", "type", "time")),
    *((name, " ", f"{name} is blank") for name in ("id", "source", "subject", "type", "time")),
    ("recordedtime", None, "recordedtime is missing"),
    ("id", 7, r"Expected `str \| null`, got `int`"),
    ("id", "order-7", "no UUID .*importer"),
    ("id", "{019ca945-0a00-7000-8000-000000000001}", "no UUID"),
    ("time", "2026-03-01T12:00:00", "no offset"),
    ("time", "yesterday", "no instant"),
    ("time", "0001-01-01T00:00:00+14:00", "outside the calendar"),
    ("recordedtime", "2026-03-01", "no instant"),
    ("specversion", "2.0", "specversion '2.0'"),
    ("specversion", None, "specversion None"),
    ("datacontenttype", "application/xml", "application/xml"),
    ("data_base64", "AAAA", "data_base64"),
    ("data", None, "data is NoneType"),
    ("data", [1], "data is list"),
]


@pytest.mark.parametrize(("name", "value", "reason"), ENVELOPE_REFUSALS)
def test_a_broken_envelope_is_refused_by_name(name: str, value: object, reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        _decoded(_line() | {name: value})


DATA_REFUSALS: list[tuple[str, object, str]] = [
    ("currency", "BTC", "data.currency is 'BTC'"),
    ("currency", "eur", "data.currency is 'eur'"),
    ("currency", "XXX", "data.currency is 'XXX'"),
    ("currency", 978, "data.currency is 978"),
    ("currency", ["EUR"], "data.currency is"),
    ("amount", "12.505", "data.amount: '12.505' does not fit"),
    ("amount", 12.5, "data.amount: 12.5 is float"),
    ("amount", None, "data.amount: None is NoneType"),
    ("amount", "twelve", "data.amount: 'twelve' is no decimal"),
    ("amount", "9" * 30, "data.amount: .* too large"),
    ("exchange_rate", "0", "data.exchange_rate: exchange rate 0"),
    ("exchange_rate", "-0.1", "data.exchange_rate"),
    ("exchange_rate", "0.08765432198", "data.exchange_rate"),
    ("method", "cheque", "Invalid enum value 'cheque'"),
    ("payment_id", 7, r"Expected `str`, got `int` - at `\$.payment_id`"),
]


@pytest.mark.parametrize(("name", "value", "reason"), DATA_REFUSALS)
def test_broken_data_is_refused_by_name(name: str, value: object, reason: str) -> None:
    line = _line()
    line["data"][name] = value

    with pytest.raises(EventError, match=reason):
        _decoded(line)


def test_a_missing_field_is_named_as_the_sender_knows_it() -> None:
    line = _line()
    line["data"]["amount_minor"] = line["data"].pop("amount")

    with pytest.raises(EventError, match=r"data.amount is missing .*amount_minor is its name"):
        _decoded(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"id": 1,}',
        b"\xff\xfe",
        b'{"data": ' + b"[" * 100_000,
        b'{"id": "' + b"7" * LINE_BYTES_MAX + b'"}',
    ],
)
def test_what_is_no_json_object_is_refused(line: bytes) -> None:
    with pytest.raises(EventError):
        decode(line)


def _broken_in_data(broken: bytes) -> bytes:
    return encode(_event(DEPOSIT)).replace(b'"p-1"', broken)


@pytest.mark.parametrize(
    "broken", [b'"\xff"', b'"\\ud800"', b"1e400", b"[" * 5_000 + b"]" * 5_000, b"1" * 5_000]
)
def test_data_that_is_no_json_is_refused(broken: bytes) -> None:
    with pytest.raises(EventError):
        decode(_broken_in_data(broken))


@settings(deadline=None)  # a busy machine is no failure
@given(cut=st.integers(0, 400), noise=st.binary(max_size=4))
def test_no_damage_ends_in_anything_but_a_refusal(cut: int, noise: bytes) -> None:
    whole = encode(_event(DEPOSIT))
    damaged = whole[:cut] + noise + whole[cut + len(noise) :]

    try:
        read = decode(damaged)
    except EventError:
        return
    assert isinstance(read, Envelope | UnknownEvent)


def test_an_unknown_type_is_kept_byte_for_byte() -> None:
    raw = json.dumps(_line() | {"type": "io.evenhand.payment.deposit_approved.v9"}).encode()

    read = decode(raw)

    assert isinstance(read, UnknownEvent)
    assert (read.type, read.raw) == ("io.evenhand.payment.deposit_approved.v9", raw)
    assert read.envelope is not None
    assert read.envelope.subject == "7"


def test_fields_a_later_sender_adds_are_passed_over() -> None:
    line = _line() | {"tenantid": "t"}
    line["data"]["loyalty_tier"] = "gold"

    assert _decoded(line) == _event(DEPOSIT)


def test_instants_with_an_offset_become_utc() -> None:
    line = _line() | {"time": "2026-03-01T14:00:00+02:00"}

    assert _decoded(line) == _event(DEPOSIT)


def test_a_receiver_may_stamp_what_the_sender_left_out() -> None:
    line = _line()
    del line["recordedtime"]
    received = datetime(2026, 3, 2, tzinfo=UTC)

    stamped = decode(json.dumps(line).encode(), received_at=received)

    assert isinstance(stamped, Event)
    assert stamped.recorded == received


def test_a_byte_order_mark_does_no_harm() -> None:
    assert decode(b"\xef\xbb\xbf" + encode(_event(DEPOSIT))) == _event(DEPOSIT)


def test_a_rate_leads_to_the_base_currency_of_the_reader() -> None:
    yen = DepositApproved(
        currency="JPY", exchange_rate_e6=620_000, payment_id="p", amount_minor=900
    )

    line = json.loads(encode(_event(yen)))

    assert line["data"]["exchange_rate"] == "0.0062"
    assert line["data"]["amount"] == "900"


def test_an_account_may_have_no_currency_but_no_unknown_one() -> None:
    registered = PlayerRegistered(jurisdiction="unknown", country="ZZ", currency="XXX")

    line = _line(registered)

    assert _decoded(line) == _event(registered)
    line["data"]["currency"] = "ZZZ"
    with pytest.raises(EventError, match=r"data.currency: 'ZZZ'"):
        _decoded(line)


UNSENDABLE: list[Callable[[], object]] = [
    lambda: Scored(decision_id="d", model="m", model_version="1", score=float("nan")),
    lambda: PlayerTimedOut(until_at=datetime(2026, 3, 1)),  # noqa: DTZ001 - the naive one is the case
    lambda: DepositApproved(currency="BTC", exchange_rate_e6=1, payment_id="p", amount_minor=1),
    lambda: DepositApproved(currency="EUR", exchange_rate_e6=0, payment_id="p", amount_minor=1),
]


@pytest.mark.parametrize("fact", UNSENDABLE)
def test_what_the_wire_cannot_carry_is_not_sent(fact: Callable[[], object]) -> None:
    with pytest.raises(EventError):
        encode(_event(fact()))


def test_a_naive_limit_of_time_in_the_data_is_refused() -> None:
    line = _line(PlayerTimedOut(until_at=AT))
    line["data"]["until_at"] = "2026-03-01T12:00:00"

    with pytest.raises(EventError, match=r"data.until_at: .*no offset"):
        _decoded(line)


@pytest.mark.parametrize(
    "change",
    [{"subject": " "}, {"source": ""}, {"time": datetime(2026, 3, 1)}],  # noqa: DTZ001
)
def test_an_envelope_is_whole_or_is_not_made(change: dict[str, Any]) -> None:
    whole: dict[str, Any] = {
        "id": uuid7(AT, 1), "source": "s", "subject": "7", "time": AT, "recorded": AT,
    }  # fmt: skip

    with pytest.raises(EventError):
        Envelope(**whole | change)


def test_the_inside_name_of_an_amount_means_nothing_on_the_wire() -> None:
    line = _line()
    del line["data"]["fee"]
    line["data"] |= {"fee_minor": 999, "amount_minor": 999, "exchange_rate_e6": 1}

    assert _decoded(line) == _event(DEPOSIT)


@pytest.mark.parametrize("seconds", [2**63, -(2**63), 10**30])
def test_an_integer_no_column_can_keep_is_refused(seconds: int) -> None:
    line = _line(LimitSet(currency="EUR", exchange_rate_e6=10**6, kind="time", period="day",
                          change="new", limit_s=3600))  # fmt: skip
    line["data"]["limit_s"] = seconds

    with pytest.raises(EventError, match=r"data\.limit_s: .*too large"):
        _decoded(line)
