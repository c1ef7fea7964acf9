"""Caleta over HTTP, on both databases: what it does otherwise than Hub88, and its own schema."""

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
    return Game(wallet, player, "caleta", is_hub88=False).begin()


def checked(game: Game) -> Game:
    """Check the session and return the game under its new name."""
    said = game.ask("check")
    assert said["status"] == "RS_OK"
    return Game(game.wallet, game.player, game.provider, is_hub88=False, token=said["token"])


def test_the_player_and_currency_are_the_sessions(wallet: WalletServer, player: str) -> None:
    wallet.fund(player, "0.123456", "KWD")
    game = Game(wallet, player, "caleta", is_hub88=False, currency="KWD").begin()

    assert game.ask("balance", supplier_user=None) == {
        "status": "RS_OK", "request_uuid": "q", "user": player, "currency": "KWD",
        "balance": 12_345,
    }  # fmt: skip
    assert game.move("bet", "b", amount=12_345)["balance"] == 0
    assert game.move("win", "w", "b", amount=12_345)["balance"] == 12_345


def test_checking_a_session_gives_it_a_new_name(game: Game) -> None:
    new = checked(game)

    assert new.token != game.token
    assert new.move("bet", "b", amount=UNIT)["balance"] == HUNDRED - UNIT
    assert game.ask("check")["status"] == "RS_ERROR_TOKEN_EXPIRED"
    assert game.ask("check", token="guessed")["status"] == "RS_ERROR_INVALID_TOKEN"


def test_an_ended_session_takes_no_new_bet_and_finishes_its_old_ones(game: Game) -> None:
    game.move("bet", "b1", amount=UNIT)
    game.move("bet", "b2", amount=UNIT)
    new = checked(game)

    assert game.move("bet", "b3", amount=UNIT) == {
        "status": "RS_ERROR_TOKEN_EXPIRED", "request_uuid": "q",
    }  # fmt: skip
    assert game.move("bet", "b1", amount=UNIT)["status"] == "RS_OK"
    assert game.move("win", "w", "b1", amount=3 * UNIT)["status"] == "RS_OK"
    assert game.move("rollback", "x", "b2")["status"] == "RS_OK"
    assert new.balance() == HUNDRED + 2 * UNIT


def test_a_blocked_player_whose_session_ended_is_still_paid(game: Game) -> None:
    game.move("bet", "b1", amount=UNIT)
    game.move("bet", "b2", amount=UNIT)
    checked(game)
    backend = open_backend(game.wallet.ledger_url)
    set_state(backend, game.player, "blocked")
    backend.close()

    assert game.move("win", "w", "b1", amount=UNIT)["balance"] == HUNDRED - UNIT
    assert game.move("rollback", "x", "b2")["balance"] == HUNDRED


def test_a_tombstone_stops_the_bet_for_good(game: Game) -> None:
    said = game.move("rollback", "x", "b")
    assert (said["status"], said["balance"]) == ("RS_OK", HUNDRED)

    late = game.move("bet", "b", amount=UNIT)

    assert (late["status"], late["balance"]) == ("RS_ERROR_TRANSACTION_ROLLED_BACK", HUNDRED)


@pytest.mark.parametrize(("provider", "won"), [("caleta", 3), ("caleta_on_top", 5)])
def test_a_jackpot_is_part_of_its_win_unless_it_is_set_to_come_on_top(
    wallet: WalletServer, player: str, provider: str, won: int
) -> None:
    wallet.fund(player, "100")
    game = Game(wallet, player, provider, is_hub88=False).begin()
    game.move("bet", "b", amount=UNIT)

    said = game.move("win", "w", "b", amount=3 * UNIT, jackpot_win=2 * UNIT)

    assert said["balance"] == HUNDRED + (won - 1) * UNIT


@pytest.mark.parametrize("call", ["bet", "win", "rollback"])
def test_every_field_the_schema_requires_is_required(game: Game, call: str) -> None:
    full = {
        "token": game.token, "request_uuid": "q", "game_code": "magic",
        "supplier_user": "s", "amount": 1, **game.moving(call, "t", "b"),
    }  # fmt: skip
    if call == "bet":
        del full["reference_transaction_uuid"]
    if call == "rollback":
        del full["amount"], full["supplier_user"]

    for missing in full:
        left = {name: value for name, value in full.items() if name != missing}
        status, raw = game.send(call, left)
        uuid = "" if missing == "request_uuid" else "q"
        assert (status, exact(raw)) == (
            200, {"status": "RS_ERROR_WRONG_TYPES", "request_uuid": uuid},
        )  # fmt: skip
    assert game.balance() == HUNDRED


def test_the_same_bytes_are_answered_with_the_same_bytes(game: Game) -> None:
    game.move("bet", "b", amount=UNIT)
    for call, fields in (("bet", {"amount": 7}), ("win", {"amount": 9}), ("rollback", {})):
        body: dict[str, Any] = {
            "token": game.token, "request_uuid": call, "game_code": "magic", "supplier_user": "",
            **game.moving(call, f"same-{call}", "" if call == "bet" else "b"), **fields,
        }  # fmt: skip
        raw = json.dumps(body).encode()
        first = game.send(call, raw)
        game.move("bet", f"between-{call}", amount=UNIT)

        assert game.send(call, raw) == first
        assert exact(first[1])["status"] == "RS_OK"


def test_a_signature_of_another_body_is_refused(game: Game) -> None:
    from tests.core.wallet.rsa_signing import signature

    body = json.dumps({"token": game.token, "request_uuid": "c"}).encode()

    status, raw = game.send("check", body, signed=signature(body + b" "))

    assert (status, exact(raw)) == (
        200, {"status": "RS_ERROR_INVALID_SIGNATURE", "request_uuid": "c"},
    )  # fmt: skip
    assert exact(game.send("check", body)[1])["status"] == "RS_OK"
