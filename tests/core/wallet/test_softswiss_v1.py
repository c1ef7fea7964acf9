"""SOFTSWISS v1 over HTTP, on both databases: rounds, free spins, promotions, refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import NotReadyError
from core.ledger.ledger import Ledger
from core.ledger.open_ledger import open_backend
from core.ledger.reading import reading
from core.ledger.reads import balances
from core.ledger.rows import Bonus
from core.ledger.schema import table_of
from core.ledger.wallets import set_state
from core.wallet.launching import Launch, issue_spins
from tests.core.wallet.signed_requests import Said, Seat, signed
from tests.core.wallet.wallet_server import WalletServer, exact


class Player(Seat):
    """A player at a slot; actions are written `bet b1 500`, `win w1 250`, `rollback u1 b1`."""

    def base(self, **fields: Any) -> dict[str, Any]:
        return {
            "user_id": self.player, "currency": self.currency, "game": "acme:Fruits",
            "game_id": "r", "session_id": "s", "finished": False, **fields,
        }  # fmt: skip

    def play(self, *actions: str, path: str = "play", **fields: Any) -> Said:
        said = [self._action(*action.split()) for action in actions]
        return self.send(path, self.base(actions=said, **fields))

    def _action(self, kind: str, number: str, rest: str) -> dict[str, Any]:
        said: dict[str, Any] = {"action": kind, "action_id": self.own(number)}
        if kind == "rollback":
            return {**said, "original_action_id": self.own(rest)}
        return {**said, "amount": int(rest)}

    def balance(self) -> int:
        status, said = self.send("play", self.base())
        assert status == 200
        return int(said["balance"])


@pytest.fixture
def seat(wallet: WalletServer, player: str) -> Player:
    wallet.fund(player, "100")
    return Player(wallet, "games", player)


@pytest.fixture
def other(wallet: WalletServer, player: str) -> Player:
    """A player of a provider with settings of its own."""
    wallet.fund(f"{player}-2", "100")
    return Player(wallet, "games_of_another", f"{player}-2")


def ids(said: Said) -> list[str]:
    assert said[0] == 200, said
    return [done["tx_id"] for done in said[1]["transactions"]]


def code(said: Said) -> tuple[int, int, int | None]:
    """Return HTTP status, code and balance of an error."""
    return said[0], said[1]["code"], said[1].get("balance")


def test_a_round_is_played_in_one_request_in_order(seat: Player) -> None:
    status, said = seat.play("bet b1 6000", "win w1 3000", "bet b2 7000", finished=True)

    assert (status, said["game_id"], said["balance"]) == (200, "r", 0)
    assert [done["action_id"] for done in said["transactions"]] == [
        seat.own("b1"), seat.own("w1"), seat.own("b2"),
    ]  # fmt: skip
    assert len(set(ids((status, said)))) == 3


def test_a_request_without_actions_asks_for_the_balance(seat: Player) -> None:
    assert seat.send("play", seat.base()) == (200, {"balance": 10_000})
    assert seat.send("play", seat.base(actions=[])) == (200, {"balance": 10_000})
    assert seat.send("balance", seat.base()) == (200, {"balance": 10_000})


def test_a_round_finished_without_an_action_is_closed_however_often(seat: Player) -> None:
    seat.play("bet b1 1000")
    for _ in range(2):
        assert seat.send("play", seat.base(finished=True)) == (200, {"balance": 9_000})


def test_a_request_is_done_as_a_whole_or_not_at_all(seat: Player) -> None:
    assert code(seat.play("bet b1 6000", "bet b2 6000", "win w1 9000")) == (412, 100, 10_000)
    assert seat.balance() == 10_000
    assert seat.play("bet b1 6000")[0] == 200


def test_an_action_met_before_is_answered_as_it_was_with_the_balance_of_now(seat: Player) -> None:
    first = seat.play("bet b1 1000")
    seat.play("bet b2 2000")

    again = seat.play("bet b1 1000", session_id="another")

    assert again[1]["transactions"] == first[1]["transactions"]
    assert again[1]["balance"] == 7_000


def test_an_id_with_other_content_is_refused(seat: Player) -> None:
    seat.play("bet b1 1000")

    for action in ("bet b1 1001", "win b1 1000", "rollback b1 b1"):
        assert code(seat.play(action)) == (400, 400, 9_000)
    assert seat.balance() == 9_000


def test_a_rollback_undoes_bets_and_wins_once(seat: Player) -> None:
    seat.play("bet b1 1000", "win w1 4000")

    first = seat.play("rollback u1 w1", "rollback u2 b1", path="rollback")

    assert first[1]["balance"] == 10_000
    assert seat.play("rollback u1 w1", "rollback u2 b1", path="rollback") == first
    assert len(ids(seat.play("rollback u3 b1", path="rollback"))) == 1
    assert seat.balance() == 10_000


def test_a_rollback_before_its_bet_has_an_id_and_the_bet_too_but_moves_nothing(
    seat: Player,
) -> None:
    [first] = ids(seat.play("rollback u1 b1", path="rollback"))
    assert first.isdigit()

    late = seat.play("bet b1 1000")

    assert ids(late)[0].isdigit()
    assert late[1]["balance"] == 10_000
    assert seat.play("bet b1 1000") == late
    assert seat.play("win b2 5", "bet b1 1000")[1]["balance"] == 10_005


def test_a_spent_win_is_not_taken_back_unless_set_so(seat: Player, other: Player) -> None:
    for player in (seat, other):
        player.play("win w1 5000", "bet b1 13000")

    assert code(seat.play("rollback u1 w1", path="rollback")) == (412, 100, 2_000)
    assert other.play("rollback u1 w1", path="rollback")[1]["balance"] == 0


def test_the_status_of_an_error_and_the_code_of_a_rule_are_settings(other: Player) -> None:
    assert code(other.play("bet b1 10001")) == (400, 100, 10_000)

    backend = open_backend(other.wallet.ledger_url)
    set_state(backend, other.player, "blocked")
    backend.close()

    assert code(other.play("bet b2 1")) == (400, 153, 10_000)
    assert other.play("win w1 5")[1]["balance"] == 10_005


def test_free_spins_pay_once_to_whom_they_name(seat: Player) -> None:
    said = {
        "issue_id": seat.own("i"), "total_amount": 750, "user_id": seat.player, "currency": "EUR",
    }  # fmt: skip
    for path in ("freespins/finish", "freespins/finish", "freespins"):
        assert seat.send(path, said) == (200, {"balance": 10_750})

    assert code(seat.send("freespins", {**said, "total_amount": 751})) == (400, 400, 10_750)


def test_free_spins_pay_whom_the_issue_was_given_to(seat: Player, other: Player) -> None:
    backend = open_backend(seat.wallet.ledger_url)
    given = Launch(seat.player, "EUR", "fruits", 1)
    for _ in range(2):
        issue_spins(Ledger(backend), seat.provider, seat.own("i"), given)
    for to in (Launch(other.player, "EUR", "fruits", 1), Launch("nobody", "EUR", "fruits", 1)):
        with pytest.raises(NotReadyError):
            issue_spins(Ledger(backend), seat.provider, seat.own("i"), to)
    backend.close()
    said = {"issue_id": seat.own("i"), "total_amount": 750}

    assert seat.send("freespins/finish", said) == (200, {"balance": 10_750})
    assert code(seat.send("freespins", {**said, "user_id": other.player})) == (400, 400, None)
    nobodys = {"issue_id": seat.own("none"), "total_amount": 750}
    assert code(seat.send("freespins", nobodys)) == (400, 400, None)


def test_free_spins_win_a_bonus_where_the_settings_say_so(
    wallet: WalletServer, player: str
) -> None:
    wallet.fund(player, "100")
    seat = Player(wallet, "games_of_bonuses", player)

    def finish(number: str, amount: int) -> Said:
        said = {"issue_id": seat.own(number), "total_amount": amount}
        return seat.send("freespins/finish", {**said, "user_id": player, "currency": "EUR"})

    for _ in range(2):
        assert finish("i1", 750) == (200, {"balance": 10_750})
    assert finish("i2", 250) == (200, {"balance": 11_000})
    assert finish("i3", 0) == (200, {"balance": 11_000})

    with reading(wallet.ledger_url) as connection:
        held = {b.fund: b.balance for b in balances(connection, player) if b.balance}
        [bonus] = connection.execute(
            select(table_of(Bonus)).where(table_of(Bonus).c.player == player)
        ).mappings()
    assert held == {"real": 100_000_000, "bonus": 7_500_000, "bonus_win_locked": 2_500_000}
    assert (bonus["code"], bonus["granted"], bonus["state"]) == ("welcome", 7_500_000, "active")
    assert (bonus["wagering_required"], bonus["release_most"]) == (262_500_000, 75_000_000)


def test_a_promotion_takes_pays_and_gives_back_by_event(seat: Player) -> None:
    def step(name: str, **fields: Any) -> Said:
        event = {"event_id": seat.own("e"), "amount": 100, **fields}
        return seat.send(f"promo/{name}", {**seat.base(), **event})

    assert step("bet") == (200, {"balance": 9_900})
    assert step("win", amount=900) == (200, {"balance": 10_800})
    undone = {"event_id": seat.own("e2"), "original_event_id": seat.own("e")}
    for _ in range(2):
        assert step("rollback", **undone) == (200, {"balance": 10_900})
    assert step("bet") == (200, {"balance": 10_900})
    assert step("win", amount=900) == (200, {"balance": 10_900})


def test_subunits_are_those_of_the_currency(wallet: WalletServer, player: str) -> None:
    wallet.fund(player, "1000", "JPY")
    seat = Player(wallet, "games", player, "JPY")

    assert seat.play("bet b1 400")[1]["balance"] == 600


def test_nobody_and_a_currency_without_account_are_named(seat: Player) -> None:
    bet = {"action": "bet", "action_id": seat.own("b"), "amount": 1}
    assert code(seat.send("play", seat.base(user_id="nobody", actions=[bet]))) == (400, 101, None)
    for currency in ("SEK", "NOSUCH_COIN"):
        refused = seat.send("play", seat.base(currency=currency, actions=[bet]))
        assert code(refused) == (400, 154, None)


@pytest.mark.parametrize("signature", ["0" * 64, "é", ""])
def test_a_wrong_signature_is_refused_before_the_body_is_read(seat: Player, signature: str) -> None:
    status, raw = seat.raw("play", b"{", **{"X-REQUEST-SIGN": signature})

    assert code((status, exact(raw))) == (403, 403, None)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"\xff", b"null", b"{", b"[" * 60_000, b'{"user_id":1}']
)
def test_what_is_no_request_is_refused_for_good(seat: Player, body: bytes) -> None:
    for path in ("play", "rollback", "freespins/finish", "promo/bet"):
        status, raw = seat.wallet.post(f"/{seat.provider}/{path}", body, signed(body))
        assert code((status, exact(raw))) == (400, 400, None)


@pytest.mark.parametrize(
    "action",
    [
        {"action": "bet", "action_id": "x"}, {"action": "bet", "action_id": "x", "amount": -1},
        {"action": "bet", "action_id": "x", "amount": 1.5}, {"action": "bet", "amount": 1},
        {"action": "bet", "action_id": "x", "amount": "1"}, {"action": "bet", "action_id": "",
        "amount": 1}, {"action": "bet", "action_id": "x", "amount": 10**30}, {"action": "x"},
        {"action": "rollback", "action_id": "x"}, {"action": "bet", "action_id": "\0", "amount": 1},
        None,
    ],
)  # fmt: skip
def test_an_action_that_is_none_is_refused_for_good(seat: Player, action: object) -> None:
    assert code(seat.send("play", seat.base(actions=[action]))) == (400, 400, None)
    assert seat.balance() == 10_000


def test_a_rollback_takes_nothing_but_rollbacks(seat: Player) -> None:
    assert code(seat.play("bet b1 1", path="rollback")) == (400, 400, None)


def test_a_path_nobody_knows_and_a_body_beyond_64_kib_are_refused(seat: Player) -> None:
    assert code(seat.send("auth/token_rotation", {"nonce": "n"})) == (404, 404, None)
    status, raw = seat.raw("play", b" " * (64 * 1024 + 1))
    assert code((status, exact(raw))) == (400, 400, None)


def test_the_replies_have_the_form_the_protocol_names(seat: Player) -> None:
    _, raw = seat.raw("play", json.dumps(seat.base(actions=[])).encode())
    assert raw == b'{"balance":10000}'
    [done] = seat.play("bet b1 1")[1]["transactions"]
    assert set(done) == {"action_id", "tx_id", "processed_at"}
    assert done["processed_at"].endswith("Z")
