"""The aggregator's v2 over HTTP, on both databases: what it says of every outcome."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.ledger.open_ledger import open_backend
from core.ledger.wallets import set_state
from tests.core.wallet.signed_requests import Said, Seat, signed
from tests.core.wallet.wallet_server import WalletServer, exact


class Player(Seat):
    """A player of the aggregator's games; moves are written `bet b1 5`, `win w1 2.50`."""

    def base(self, **fields: Any) -> dict[str, Any]:
        return {
            "account_id": self.player, "currency": self.currency, "game_id": "dice",
            "round_id": "r", "session_id": "s", **fields,
        }  # fmt: skip

    def play(self, *moves: str, **fields: Any) -> Said:
        said = [move.split() for move in moves]
        done = [{"type": kind, "id_provider": self.own(n), "amount": a} for kind, n, a in said]
        return self.send("betwin", self.base(transactions=done, **fields))

    def undo(self, *pairs: str, **fields: Any) -> Said:
        said = [pair.split() for pair in pairs]
        done = [
            {"type": "rollback", "id_provider": self.own(n), "original_id_provider": self.own(o)}
            for n, o in said
        ]
        fields = {"round_id_provider": "r", "finished": False, "transactions": done, **fields}
        return self.send("rollback", self.base(**fields))

    def balance(self) -> str:
        status, said = self.send("balance", self.base())
        assert status == 200
        return str(said["balance"])


@pytest.fixture
def seat(wallet: WalletServer, player: str) -> Player:
    wallet.fund(player, "100")
    return Player(wallet, "aggregator", player)


def code(said: Said) -> tuple[int, str, str, str | None]:
    """Return HTTP status, code, api_code and balance of an error."""
    status, body = said
    return status, body["code"], body["meta"]["api_code"], body["meta"].get("balance")


def ids(said: Said) -> list[str]:
    assert said[0] == 200, said
    return [done["id"] for done in said[1]["transactions"]]


def test_a_round_is_played_in_one_request_in_order(seat: Player) -> None:
    status, said = seat.play("bet b1 60", "win w1 30", "bet b2 70", finished=True)

    assert (status, said["round_id"], said["balance"]) == (200, "r", "0.00")
    assert [done["id_provider"] for done in said["transactions"]] == [
        seat.own("b1"), seat.own("w1"), seat.own("b2"),
    ]  # fmt: skip
    assert len(set(ids((status, said)))) == 3
    assert {done["bonus_amount"] for done in said["transactions"]} == {"0.00"}


def test_a_request_is_done_as_a_whole_or_not_at_all(seat: Player) -> None:
    refused = seat.play("bet b1 60", "bet b2 60", "win w1 50")

    assert code(refused) == (400, "invalid_argument", "100", "100.00")
    assert seat.balance() == "100.00"
    assert seat.play("bet b1 60")[1]["balance"] == "40.00"  # b1 was not kept


def test_an_id_met_before_is_answered_with_the_id_and_balance_of_then(seat: Player) -> None:
    first = seat.play("bet b1 10")
    seat.play("bet b2 20")

    assert seat.play("bet b1 10", session_id="another") == first
    assert seat.play("bet b1 33") == first
    assert seat.play("win b1 33") == first
    assert seat.balance() == "70.00"


def test_a_request_with_something_new_is_answered_with_the_balance_of_now(seat: Player) -> None:
    [first] = ids(seat.play("bet b1 10"))

    mixed = seat.play("bet b2 20", "bet b1 10")

    assert (ids(mixed)[1], mixed[1]["balance"]) == (first, "70.00")


def test_the_same_bytes_are_answered_with_the_same_bytes(seat: Player) -> None:
    seat.play("bet b1 10")
    moves = [
        {"type": "bet", "id_provider": seat.own(number), "amount": "5"} for number in ("b2", "b1")
    ]
    body = json.dumps(seat.base(transactions=moves)).encode()
    first = seat.raw("betwin", body)
    seat.play("win w1 50")

    assert seat.raw("betwin", body) == first


def test_an_id_twice_in_one_request_moves_once(seat: Player) -> None:
    twice = seat.play("bet b1 10", "bet b1 10")

    assert len(set(ids(twice))) == 1
    assert twice[1]["balance"] == "90.00"


def test_a_rollback_gives_back_once(seat: Player) -> None:
    seat.play("bet b1 10")

    first = seat.undo("u1 b1")

    assert ids(first) != [""]
    assert first[1]["balance"] == "100.00"
    assert seat.undo("u1 b1") == first
    assert seat.undo("u2 b1", finished=True)[1]["balance"] == "100.00"
    assert seat.play("bet b1 10")[0] == 200  # the bet is known: answered as it was
    assert seat.balance() == "100.00"


def test_a_rollback_before_its_bet_has_no_id_and_the_bet_is_refused(seat: Player) -> None:
    first = seat.undo("u1 b1")

    assert ids(first) == [""]
    assert code(seat.play("bet b1 10")) == (400, "invalid_argument", "409", None)
    assert code(seat.play("win w1 5", "bet b1 10"))[2] == "409"
    assert seat.undo("u1 b1") == first
    assert seat.balance() == "100.00"


def test_a_win_is_taken_back_as_far_as_it_is_there(seat: Player) -> None:
    seat.play("win w1 50")
    seat.play("bet b1 130")

    taken = seat.undo("u1 w1")

    assert (ids(taken) != [""], taken[1]["balance"]) == (True, "0.00")
    assert code(seat.play("bet b2 0.01")) == (400, "invalid_argument", "100", "0.00")


def test_several_rollbacks_are_done_in_order(seat: Player) -> None:
    seat.play("bet b1 10", "win w1 40")

    undone = seat.undo("u1 w1", "u2 never", "u3 b1")

    assert [found == "" for found in ids(undone)] == [False, True, False]
    assert undone[1]["balance"] == "100.00"


def test_finishing_says_the_balance_however_often(seat: Player) -> None:
    seat.play("bet b1 10")
    for _ in range(2):
        assert seat.send("finish", seat.base()) == (200, {"balance": "90.00"})
    assert seat.play("win late 5")[1]["balance"] == "95.00"
    assert seat.send("finish", seat.base()) == (200, {"balance": "95.00"})
    assert seat.send("finish", seat.base(round_id="never"))[1]["balance"] == "95.00"


def test_two_players_may_finish_a_round_of_one_name(seat: Player) -> None:
    other = Player(seat.wallet, seat.provider, f"{seat.player}-2")
    seat.wallet.fund(other.player, "5")
    seat.play("bet b1 10")
    other.play("bet b1 1")

    assert seat.send("finish", seat.base())[1]["balance"] == "90.00"
    assert other.send("finish", other.base())[1]["balance"] == "4.00"


def test_another_players_ids_are_taken(seat: Player) -> None:
    other = Player(seat.wallet, seat.provider, f"{seat.player}-2")
    seat.wallet.fund(other.player, "5")
    seat.play("bet b1 3")
    body = json.dumps(
        other.base(
            transactions=[{"type": "bet", "id_provider": seat.own("b1"), "amount": "3"}]
        )
    ).encode()  # fmt: skip

    status, raw = other.raw("betwin", body)

    assert code((status, exact(raw)))[2] == "400"
    assert (other.balance(), seat.balance()) == ("5.00", "97.00")


@pytest.mark.parametrize("path", ["balance", "betwin", "rollback", "finish"])
def test_an_unknown_player_and_a_currency_without_account_are_named(
    seat: Player, path: str
) -> None:
    fields = {
        "transactions": [
            {"id_provider": seat.own("x"), "type": "bet", "amount": "1"}
            if path == "betwin"
            else {"id_provider": seat.own("x"), "type": "rollback", "original_id_provider": "y"}
        ],
        "round_id_provider": "r",
    }

    nobody = seat.send(path, seat.base(account_id="nobody-knows", **fields))
    assert code(nobody) == (400, "invalid_argument", "101", None)
    for currency in ("SEK", "NOSUCH_COIN"):
        refused = seat.send(path, seat.base(currency=currency, **fields))
        assert code(refused) == (400, "invalid_argument", "154", None)


def test_a_blocked_player_may_win_and_not_bet(seat: Player) -> None:
    seat.play("bet b1 10")
    backend = open_backend(seat.wallet.ledger_url)
    set_state(backend, seat.player, "blocked")
    backend.close()

    assert code(seat.play("bet b2 10"))[2] == "110"
    assert seat.play("win w1 5")[1]["balance"] == "95.00"
    assert seat.undo("u1 b1")[1]["balance"] == "105.00"


@pytest.mark.parametrize(
    "headers", [{"X-REQUEST-SIGN": "0" * 64}, {"X-REQUEST-SIGN": "é"}, {"Y": "1"}]
)
def test_a_wrong_signature_is_refused_before_the_body_is_read(
    seat: Player, headers: dict[str, str]
) -> None:
    status, raw = seat.raw("betwin", b"{", **headers)

    assert code((status, exact(raw))) == (400, "invalid_argument", "403", None)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"\xff", b"null", b"{", b"[" * 60_000, b'{"account_id":"p"}',
        b'{"account_id":"","currency":"EUR","game_id":"g"}',
        b'{"account_id":"p","currency":"eur","game_id":"g"}',
        b'{"account_id":"p","currency":"EUR\\n","game_id":"g"}',
        b'{"account_id":"p\\u0000","currency":"EUR","game_id":"g"}',
        b'{"account_id":7,"currency":"EUR","game_id":"g"}',
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_for_good(seat: Player, body: bytes) -> None:
    status, raw = seat.wallet.post(f"/{seat.provider}/balance", body, signed(body))

    assert code((status, exact(raw))) == (400, "invalid_argument", "400", None)


@pytest.mark.parametrize(
    "amount",
    ["0", "0.00", "-1", "1e2", ".5", "1.", "1,5", " 1", "1\n", "0.0000001", "9" * 30, "9" * 41, 5],
)
def test_an_amount_that_is_none_is_refused_for_good(seat: Player, amount: object) -> None:
    move = {"type": "bet", "id_provider": seat.own("b"), "amount": amount}

    assert code(seat.send("betwin", seat.base(transactions=[move])))[2] == "400"
    assert seat.balance() == "100.00"


@pytest.mark.parametrize(
    "transactions",
    [
        [],
        None,
        {},
        [None],
        [{"type": "bet"}],
        [{"type": "jackpot", "id_provider": "x", "amount": "1"}],
    ],
)
def test_transactions_that_are_none_are_refused(seat: Player, transactions: object) -> None:
    assert code(seat.send("betwin", seat.base(transactions=transactions)))[2] == "400"


def test_a_body_beyond_64_kib_is_refused_in_the_protocols_words(seat: Player) -> None:
    body = b" " * (64 * 1024 + 1)

    status, raw = seat.raw("balance", body)

    assert code((status, exact(raw))) == (400, "invalid_argument", "400", None)


def test_a_path_nobody_knows_is_refused_in_the_protocols_words(seat: Player) -> None:
    assert code(seat.send("jackpot", seat.base())) == (400, "invalid_argument", "404", None)
