"""Hub88 over HTTP, on both databases: recorded exchanges, and what can go wrong around them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.ledger.open_ledger import open_backend
from core.ledger.wallets import set_state
from tests.core.wallet.hub88_game import Game
from tests.core.wallet.wallet_server import WalletServer, exact

HUNDRED = 10_000_000
UNIT = 100_000


@pytest.fixture
def game(wallet: WalletServer, player: str) -> Game:
    wallet.fund(player, "100")
    return Game(wallet, player, "hub", is_hub88=True).begin()


@pytest.fixture
def strict(wallet: WalletServer, player: str) -> Game:
    wallet.fund(player, "100")
    return Game(wallet, player, "hub_strict", is_hub88=True).begin()


def test_a_bet_and_its_wins_move_what_they_say(game: Game) -> None:
    assert game.move("bet", "b", amount=1_234_567) == {
        "status": "RS_OK", "request_uuid": "q", "user": game.player, "currency": "EUR",
        "balance": HUNDRED - 1_234_567,
    }  # fmt: skip
    assert game.move("win", "w1", "b", amount=3)["balance"] == HUNDRED - 1_234_564
    assert game.move("win", "w2", "b", amount=1_234_564)["balance"] == HUNDRED
    assert game.move("win", "w3", "b", amount=0, round_closed=True)["status"] == "RS_OK"


def test_a_player_is_known_by_name_without_a_session(game: Game) -> None:
    said = exact(game.send("info", {"user": game.player, "request_uuid": "i"})[1])
    unknown = exact(game.send("info", {"user": "nobody", "request_uuid": "i"})[1])

    assert said == {"status": "RS_OK", "request_uuid": "i", "user": game.player}
    assert unknown == {"status": "RS_ERROR_USER_DISABLED", "request_uuid": "i"}


def test_a_body_not_signed_by_the_provider_learns_nothing(game: Game) -> None:
    body = json.dumps({"user": game.player, "request_uuid": "i"}).encode()
    good = {"status": "RS_ERROR_INVALID_SIGNATURE", "request_uuid": "i"}
    path, header = f"/hub/{game.path('info')}", "X-Hub88-Signature"

    for signed in ("", "%%%", "c2lnbmVk", "Ä"):
        status, raw = game.send("info", body, signed=signed)
        assert (status, exact(raw)) == (200, good)
    assert exact(game.wallet.post(path, body)[1]) == good
    assert exact(game.wallet.post(path, b"{", {header: "x"})[1]) == {**good, "request_uuid": ""}


def test_a_token_never_met_or_of_another_player_is_invalid(game: Game) -> None:
    for call in ("balance", "bet", "win", "rollback"):
        fields = {**game.moving(call, "t", "b"), "amount": 1}
        assert game.ask(call, **fields, token="guessed")["status"] == "RS_ERROR_INVALID_TOKEN"
        assert game.ask(call, **fields, user="another")["status"] == "RS_ERROR_INVALID_TOKEN"


def test_a_repeated_transaction_is_done_once(game: Game) -> None:
    for _ in range(2):
        assert game.move("bet", "b", amount=UNIT)["balance"] == HUNDRED - UNIT
    for _ in range(2):
        assert game.move("win", "w", "b", amount=3 * UNIT)["balance"] == HUNDRED + 2 * UNIT


@pytest.mark.parametrize("changed", [{"amount": 2}, {"round": "another"}])
def test_a_known_id_with_other_content_is_a_duplicate(game: Game, changed: dict[str, Any]) -> None:
    game.move("bet", "b", amount=1)
    again = {**game.moving("bet", "b"), "amount": 1, **changed}

    assert game.ask("bet", **again)["status"] == "RS_ERROR_DUPLICATE_TRANSACTION"
    assert game.balance() == HUNDRED - 1


def test_an_id_is_not_used_for_another_operation_or_player(game: Game) -> None:
    game.move("bet", "b", amount=1)
    second = f"{game.player}/2"
    game.wallet.fund(second, "100")
    other = Game(game.wallet, second, "hub", is_hub88=True).begin()

    said = other.ask("bet", **game.moving("bet", "b"), amount=1)

    assert said["status"] == "RS_ERROR_DUPLICATE_TRANSACTION"
    assert game.move("win", "b", "b", amount=1)["status"] == "RS_ERROR_DUPLICATE_TRANSACTION"
    not_his = {**other.moving("win", "w"), "reference_transaction_uuid": game.own("b")}
    said = other.ask("win", **not_his, amount=1)
    assert said["status"] == "RS_ERROR_TRANSACTION_DOES_NOT_EXIST"
    assert (game.balance(), other.balance()) == (HUNDRED - 1, HUNDRED)


def test_the_same_bytes_are_answered_with_the_same_bytes(game: Game) -> None:
    body = {
        "user": game.player, "token": game.token, "request_uuid": "x", "game_code": "magic",
        **game.moving("bet", "b"), "amount": UNIT,
    }  # fmt: skip
    first = game.send("bet", body)
    game.move("bet", "b2", amount=UNIT)

    assert game.send("bet", body) == first
    assert game.balance() == HUNDRED - 2 * UNIT


def test_a_rollback_gives_back_the_stake_once(game: Game) -> None:
    game.move("bet", "b", amount=UNIT)

    assert game.move("rollback", "x1", "b")["balance"] == HUNDRED
    again = game.move("rollback", "x2", "b")
    assert (again["status"], again["balance"]) == ("RS_OK", HUNDRED)
    won = game.move("win", "w", "b", amount=UNIT)
    assert won["status"] == "RS_ERROR_TRANSACTION_ROLLED_BACK"


@pytest.mark.parametrize(
    ("provider", "word"), [("hub", "RS_OK"), ("hub_strict", "RS_ERROR_TRANSACTION_DOES_NOT_EXIST")]
)
def test_a_rollback_before_its_bet_stops_the_bet(
    wallet: WalletServer, player: str, provider: str, word: str
) -> None:
    wallet.fund(player, "100")
    game = Game(wallet, player, provider, is_hub88=True).begin()

    for number in ("x1", "x1", "x2"):
        said = game.move("rollback", number, "b")
        assert (said["status"], said["balance"]) == (word, HUNDRED)
    late = game.move("bet", "b", amount=UNIT)
    assert late["status"] == "RS_ERROR_TRANSACTION_ROLLED_BACK"
    won = game.move("win", "w", "b", amount=UNIT)
    assert won["status"] == "RS_ERROR_TRANSACTION_ROLLED_BACK"
    assert game.balance() == HUNDRED


def test_a_win_is_rolled_back_by_itself_and_its_bet_stays(game: Game) -> None:
    game.move("bet", "b", amount=UNIT)
    game.move("win", "w", "b", amount=3 * UNIT)

    assert game.move("rollback", "x", "w")["balance"] == HUNDRED - UNIT
    assert game.move("rollback", "y", "b")["balance"] == HUNDRED


def test_a_win_of_no_bet_does_not_exist(game: Game) -> None:
    said = game.move("win", "w", "b", amount=UNIT)

    assert said["status"] == "RS_ERROR_TRANSACTION_DOES_NOT_EXIST"


def test_a_win_and_a_rollback_refused_for_now_are_judged_anew_when_they_come_again(
    game: Game,
) -> None:
    early = {**game.moving("win", "w", "b"), "amount": UNIT}
    assert game.ask("win", **early)["status"] == "RS_ERROR_TRANSACTION_DOES_NOT_EXIST"
    game.move("bet", "b", amount=UNIT)
    said = game.ask("win", **early)
    assert (said["status"], said["balance"]) == ("RS_OK", HUNDRED)

    game.move("bet", "c", amount=HUNDRED)
    undo = game.moving("rollback", "x", "w")
    assert game.ask("rollback", **undo)["status"] == "RS_ERROR_NOT_ENOUGH_MONEY"
    game.move("win", "v", "c", amount=2 * UNIT)
    assert game.ask("rollback", **undo)["balance"] == UNIT


def test_too_little_money_is_said_with_what_there_is(game: Game) -> None:
    said = game.move("bet", "b", amount=HUNDRED + 1)

    assert (said["status"], said["balance"]) == ("RS_ERROR_NOT_ENOUGH_MONEY", HUNDRED)


def test_a_free_bet_takes_nothing(game: Game) -> None:
    said = game.move("bet", "b", amount=UNIT, is_free=True, reward_uuid="gift")

    assert (said["status"], said["balance"]) == ("RS_OK", HUNDRED)
    assert game.move("win", "w", "b", amount=UNIT, is_free=True)["balance"] == HUNDRED + UNIT


def test_another_currency_than_the_sessions_is_wrong(game: Game) -> None:
    fields = {**game.moving("bet", "b"), "currency": "USD", "amount": 1}

    assert game.ask("bet", **fields)["status"] == "RS_ERROR_WRONG_CURRENCY"


def test_a_blocked_player_wins_and_is_given_back_but_does_not_bet(game: Game) -> None:
    game.move("bet", "b1", amount=UNIT)
    game.move("bet", "b2", amount=UNIT)
    backend = open_backend(game.wallet.ledger_url)
    set_state(backend, game.player, "blocked")
    backend.close()

    assert game.move("bet", "b3", amount=UNIT)["status"] == "RS_ERROR_USER_DISABLED"
    assert game.move("bet", "b2", amount=UNIT)["status"] == "RS_OK"
    assert game.move("win", "w", "b1", amount=UNIT)["status"] == "RS_OK"
    assert game.move("rollback", "x", "b2")["balance"] == HUNDRED


def test_a_game_outside_the_catalogue_takes_no_bet_but_pays_its_wins(strict: Game) -> None:
    fields: dict[str, Any] = {"amount": UNIT, "game_code": "removed"}

    assert strict.move("bet", "b", **fields)["status"] == "RS_ERROR_INVALID_GAME"
    assert strict.move("bet", "b", amount=UNIT)["status"] == "RS_OK"
    assert strict.move("win", "w", "b", **fields)["balance"] == HUNDRED


SYNTAX, TYPES = "RS_ERROR_WRONG_SYNTAX", "RS_ERROR_WRONG_TYPES"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", SYNTAX), (b"{", SYNTAX), (b"\xff", SYNTAX), (b'{"user":"\xff"}', SYNTAX),
        (b'{"user": 1,', SYNTAX), (b"[" * 60_000, SYNTAX), (b'{"a":' * 9_000, SYNTAX),
        (b'"\\ud800"', SYNTAX), (b"[]", TYPES), (b"null", TYPES), (b"{}", TYPES), (b"7", TYPES),
        (b'{"user":"\\u0000"}', TYPES), (b'{"request_uuid":[]}', TYPES),
    ],
)  # fmt: skip
@pytest.mark.parametrize("call", ["info", "bet"])
def test_what_is_no_request_is_refused_for_good(
    game: Game, call: str, body: bytes, word: str
) -> None:
    assert exact(game.send(call, body)[1]) == {"status": word, "request_uuid": ""}


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": -1}, {"amount": "1"}, {"amount": 1.5}, {"amount": 2**63}, {"amount": 2**62},
        {"amount": 10**400}, {"amount": None}, {"amount": True}, {"transaction_uuid": ""},
        {"transaction_uuid": "x" * 256}, {"transaction_uuid": "a\0b"}, {"transaction_uuid": 1},
        {"round": "r" * 256}, {"round": "\0"}, {"round": None}, {"currency": None},
        {"is_free": "no"}, {"token": None}, {"user": ""}, {"user": None}, {"user": ["a"]},
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_a_wrong_type(game: Game, changed: dict[str, Any]) -> None:
    fields = {**game.moving("bet", "b"), "amount": 1, **changed}

    assert game.ask("bet", **fields) == {"status": TYPES, "request_uuid": "q"}
    assert game.balance() == HUNDRED


@pytest.mark.parametrize("token", ["", "\0", "\ud800", "t" * 50_000, "é"])
def test_a_token_nobody_gave_is_refused_whatever_is_in_it(game: Game, token: str) -> None:
    assert game.ask("balance", token=token)["status"] in {"RS_ERROR_INVALID_TOKEN", SYNTAX}


def test_a_path_the_protocol_has_not_is_not_found(game: Game) -> None:
    body = b"{}"
    assert game.send("prize", body)[0] == 404


def test_what_cannot_be_read_later_is_echoed(game: Game) -> None:
    said = exact(game.send("bet", b'{"request_uuid":"me","amount":[]}')[1])

    assert said == {"status": TYPES, "request_uuid": "me"}
