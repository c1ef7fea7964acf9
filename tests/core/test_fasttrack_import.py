"""A Fast Track message that does not add up is refused by name; nothing is guessed about money."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.errors import EventError
from core.events.envelope import Event, UnknownEvent
from core.events.fact import Fact
from core.events.families.bonus import BonusForfeited
from core.events.families.decision import Scored
from core.events.families.game import BetPlaced, BetRolledBack
from core.events.families.payment import DepositApproved, DepositDeclined
from core.events.families.player import PlayerBlocked
from core.events.fasttrack import export_message, import_line, import_message, message_line
from core.events.fasttrack.importer import Reception
from core.ids import uuid7

BET: dict[str, Any] = {
    "activity_id": "a-1", "amount": 2.5, "wager_amount": 1.25, "bonus_wager_amount": 1,
    "locked_wager_amount": 0.25, "currency": "SEK", "exchange_rate": 0.0876543, "game_id": 17,
    "game_name": "Harbour Lights", "is_round_end": False, "origin": "nordwind", "round_id": "r-1",
    "status": "Approved", "timestamp": "2026-03-01T12:00:00Z", "type": "Bet", "user_id": "7",
    "vendor_id": 3,
}  # fmt: skip
PAYMENT: dict[str, Any] = {
    "amount": 50, "currency": "EUR", "origin": "nordwind", "payment_id": 9, "status": "Approved",
    "timestamp": "2026-03-01T12:00:00Z", "type": "Credit", "user_id": "7", "vendor_id": "psp",
}  # fmt: skip


def _fact(kind: str, payload: dict[str, Any], reception: Reception | None = None) -> Any:
    event = import_message(kind, payload, reception)
    assert isinstance(event, Event)
    return event.fact


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"amount": 2.51}, "not wager"),
    ({"wager_amount": 1.5}, "not wager"),
    ({"amount": 2.505, "wager_amount": 1.255}, "amount: '2.505' does not fit"),
    ({"amount": "2.50"}, "amount is '2.50' - expected a JSON number"),
    ({"amount": True}, "amount is True"),
    ({"amount": None}, "amount is None"),
    ({"amount": -2.5}, "amount is -2.5"),
    ({"amount": float("nan")}, "amount: nan"),
    ({"wager_amount": -1}, "wager_amount is -1"),
    ({"currency": "BTC"}, "currency is 'BTC'"),
    ({"currency": None}, "currency is missing"),
    ({"exchange_rate": 0}, "exchange_rate: exchange rate 0"),
    ({"exchange_rate": -1}, "exchange_rate"),
    ({"exchange_rate": 1e-9}, "exchange_rate"),
    ({"exchange_rate": None}, "exchange_rate of SEK is missing"),
    ({"currency": "EUR"}, "exchange_rate of EUR is 0.0876543 .*EVENHAND_BASE_CURRENCY"),
    ({"user_id": " "}, "user_id is ' '"),
    ({"user_id": None}, "user_id is missing"),
    ({"origin": None}, "origin is missing"),
    ({"game_id": 1.5}, "game_id is 1.5"),
    ({"game_id": ["17"]}, "game_id is"),
    ({"activity_id": None}, "activity_id is missing"),
    ({"timestamp": "2026-03-01T12:00:00"}, "timestamp .*no offset"),
    ({"timestamp": 1_772_000_000}, "timestamp '1772000000' is no instant"),
    ({"type": "Spin"}, "type is 'Spin' - expected one of Bet, Win"),
    ({"status": "approved"}, "status is 'approved'"),
    ({"status": "Rollback", "meta": "x"}, "meta is str"),
    ({"is_free_money": "no"}, "is_free_money is 'no'"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSALS)
def test_a_bet_that_does_not_add_up_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        import_message("CASINO", BET | change)


def test_a_bet_keeps_its_split_and_its_rate() -> None:
    assert _fact("CASINO", BET) == BetPlaced(
        currency="SEK", exchange_rate_e6=87_654, activity_id="a-1", round_id="r-1", game_id="17",
        vendor_id="3", amount_minor=250, wager_minor=125, bonus_wager_minor=100,
        locked_wager_minor=25, game_name="Harbour Lights",
    )  # fmt: skip


def test_a_bet_without_a_split_counts_as_cash() -> None:
    payload = {name: value for name, value in BET.items() if "wager" not in name}

    bet = _fact("CASINO", payload)

    assert (bet.wager_minor, bet.bonus_wager_minor, bet.locked_wager_minor) == (250, 0, 0)


def test_numbers_are_read_digit_by_digit() -> None:
    # As binary floats, 0.1 + 0.2 is not 0.3; as the decimals that were sent, it is.
    wagers = {"wager_amount": 0.1, "bonus_wager_amount": 0.2, "locked_wager_amount": 0}
    payload = BET | wagers | {"amount": 0.3}
    line = json.dumps({"type": "CASINO", "payload": payload})

    event = import_line(line.encode())

    assert isinstance(event, Event)
    assert isinstance(event.fact, BetPlaced)
    assert event.fact.amount_minor == 30


def test_decimals_and_floats_are_the_same_message() -> None:
    exact = {k: Decimal(str(v)) if isinstance(v, float) else v for k, v in BET.items()}

    assert import_message("CASINO", exact) == import_message("CASINO", BET)


@pytest.mark.parametrize(("kind", "undone"), [("Bet", "bet"), ("Win", "win")])
def test_a_rollback_is_a_fact_of_its_own(kind: str, undone: str) -> None:
    placed = import_message("CASINO", BET | {"type": kind})
    rolled_back = import_message("CASINO", BET | {"type": kind, "status": "Rollback"})

    assert isinstance(placed, Event)
    assert isinstance(rolled_back, Event)
    assert isinstance(rolled_back.fact, BetRolledBack)
    assert (rolled_back.fact.undone, rolled_back.fact.reference_activity_id) == (undone, "a-1")
    assert rolled_back.id != placed.id


def test_ids_are_the_brands_own() -> None:
    here = import_message("CASINO", BET)
    there = import_message("CASINO", BET | {"origin": "suedwind"})

    assert isinstance(here, Event)
    assert isinstance(there, Event)
    assert here.id != there.id


def test_a_payment_in_the_base_currency_needs_no_rate() -> None:
    assert _fact("PAYMENT", PAYMENT).exchange_rate_e6 == 1_000_000


def test_a_payment_in_another_currency_needs_one() -> None:
    with pytest.raises(EventError, match="exchange_rate of NOK is missing"):
        import_message("PAYMENT", PAYMENT | {"currency": "NOK"})


def test_the_base_currency_is_the_operators() -> None:
    pounds = Reception(base_currency="GBP")

    deposit = _fact("PAYMENT", PAYMENT | {"exchange_rate": 0.85}, pounds)

    assert isinstance(deposit, DepositApproved)
    assert deposit.exchange_rate_e6 == 850_000


def test_yen_have_no_cents_and_dinars_have_a_thousand() -> None:
    yen = _fact("PAYMENT", PAYMENT | {"currency": "JPY", "amount": 900, "exchange_rate": 0.0062})
    dinar = _fact("PAYMENT", PAYMENT | {"currency": "KWD", "amount": 1.005, "exchange_rate": 3})

    assert (yen.amount_minor, yen.exchange_rate_e6) == (900, 620_000)
    assert (dinar.amount_minor, dinar.exchange_rate_e6) == (1005, 300_000)


def test_an_authorised_and_captured_deposit_counts_once() -> None:
    captured = import_message("PAYMENT", PAYMENT | {"type": "Capture"})
    credited = import_message("PAYMENT", PAYMENT)

    assert isinstance(captured, Event)
    assert isinstance(credited, Event)
    assert captured.id == credited.id


@pytest.mark.parametrize(
    ("kind", "change", "name"),
    [
        ("CASINO", BET | {"is_free_money": True}, "fasttrack.CASINO.free_money"),
        ("CASINO", BET | {"type": "Win", "amount": 0, "wager_amount": 0, "bonus_wager_amount": 0,
                          "locked_wager_amount": 0}, "fasttrack.CASINO.win_of_nothing"),
        ("PAYMENT", PAYMENT | {"type": "Debit", "status": "Rollback"},
         "fasttrack.PAYMENT.Debit.Rollback"),
        ("SPORTSBOOK", BET, "fasttrack.SPORTSBOOK"),
        ("GAME", {"id": 1}, "fasttrack.GAME"),
    ],
)  # fmt: skip
def test_what_no_fact_stands_for_is_kept_by_name(
    kind: str, change: dict[str, Any], name: str
) -> None:
    read = import_message(kind, change)

    assert isinstance(read, UnknownEvent)
    assert read.type == name
    assert json.loads(read.raw)["payload"] == change


def test_when_it_was_received_is_when_it_became_known() -> None:
    received = datetime(2026, 3, 2, tzinfo=UTC)

    told = import_message("CASINO", BET, Reception(received_at=received))
    untold = import_message("CASINO", BET)

    assert isinstance(told, Event)
    assert isinstance(untold, Event)
    assert told.recorded == received
    assert untold.recorded == untold.time
    assert told.id == untold.id


@pytest.mark.parametrize(
    ("reason", "status"),
    [("player", "Forfeited"), ("withdrawal", "Forfeited"), ("expired", "Expired"),
     ("operator", "Reversed"), ("charge_back", "Reversed")],
)  # fmt: skip
def test_a_bonus_ends_in_their_words(reason: Any, status: str) -> None:
    ended = _event(BonusForfeited(reason=reason, bonus_id="b", user_bonus_id="u", amount_minor=1,
                                  currency="EUR", exchange_rate_e6=10**6))  # fmt: skip

    sent = export_message(ended)

    assert sent is not None
    assert sent.payload["status"] == status


def test_what_the_crm_need_not_know_stays_in_the_house() -> None:
    deposit = DepositDeclined(
        currency="EUR", exchange_rate_e6=10**6, payment_id="p", amount_minor=1,
        instrument_id="secret-1", device_id="secret-2", session_id="secret-3",
        decline_code="fraud_rule",
    )  # fmt: skip
    blocked = PlayerBlocked(reason="fraud_multi_account")

    written = [message_line(sent) for fact in (deposit, blocked)
               if (sent := export_message(_event(fact)))]  # fmt: skip

    assert len(written) == 2
    assert all(b"secret" not in line and b"fraud" not in line for line in written)


def test_what_fast_track_has_no_word_for_is_not_sent() -> None:
    scored = Scored(decision_id="d", model="harm_90d", model_version="1", score=0.9)

    assert export_message(_event(scored)) is None


def _event(fact: Fact) -> Event:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Event(id=uuid7(at, 1), source="op/brand/x", subject="7", time=at, recorded=at, fact=fact)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (json.dumps(BET).encode(), "no Fast Track line"),
        (json.dumps({"payload": BET}).encode(), "no type outside its payload"),
        (json.dumps({"type": " ", "payload": BET}).encode(), "no type outside its payload"),
        (json.dumps({"type": "CASINO", "payload": [BET]}).encode(), "no Fast Track line"),
        (b'{"type": "CASINO", "payload": {', "malformed JSON"),
        (b'{"type": "CASINO", "payload": {"a": "\xff"}}', "malformed JSON"),
        (json.dumps({"type": "CASINO", "payload": BET, "received_at": "now"}).encode(), "received"),
    ],
)
def test_a_line_that_is_no_message_is_refused(line: bytes, reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        import_line(line)


def test_an_operator_api_answer_that_is_none_is_refused() -> None:
    slim = {"user_id": "7", "timestamp": "2026-03-01T12:00:00Z", "origin": "nordwind"}

    with pytest.raises(EventError, match="blocks are"):
        import_message("USER_BLOCK_V2", slim, Reception(details={"blocks": "none"}))
    with pytest.raises(EventError, match="consents are"):
        import_message("USER_CONSENTS_V2", slim, Reception(details={"consent": []}))
    with pytest.raises(EventError, match="birth_date is"):
        import_message("USER_CREATE_V2", slim, Reception(details={"birth_date": "2 May 1988"}))
