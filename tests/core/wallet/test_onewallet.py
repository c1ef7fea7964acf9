"""OneWallet over HTTP, on both databases: the provider's own scenarios, and what they leave out."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.core.wallet.wallet_server import TOKEN, WalletServer, exact

ROOT = Path(__file__).resolve().parents[3]
JUDGE = Path(os.environ.get("EVENHAND_JUDGES", ROOT.parent / "shared/judges")) / "onewallet"
SECOND = "euID-parameter-from-UserAuthentication-call-1"


class Table:
    """A player at a table: keeps the session's name as it changes; his ids begin with his own."""

    def __init__(self, wallet: WalletServer, player: str) -> None:
        self.wallet, self.player = wallet, player
        self.sid = self.ask("sid", uuid="s")["sid"]

    def ask(self, path: str, token: str = TOKEN, **fields: Any) -> dict[str, Any]:
        """Send a request and return its reply."""
        body = {"userId": self.player, "uuid": "u", "currency": "EUR", "fakeField": 1, **fields}
        if path != "sid":
            body.setdefault("sid", self.sid)
        address = f"/evolution/{path}?authToken={token}"
        status, raw = self.wallet.post(address, body)
        assert status == 200
        return exact(raw)

    def own(self, number: str) -> str:
        """Return an id nobody else uses."""
        return f"{self.player.partition('/')[0]}/{number}"

    def move(self, path: str, number: str, ref: str, amount: str) -> dict[str, Any]:
        """Send a debit, credit or cancel."""
        moved = {"id": self.own(number), "refId": self.own(ref), "amount": float(amount)}
        return self.ask(path, transaction=moved, game={"id": "round", "type": "roulette"})


@pytest.fixture
def table(wallet: WalletServer, player: str) -> Table:
    wallet.fund(player, "100")
    return Table(wallet, player)


@pytest.mark.skipif(not JUDGE.is_dir(), reason=f"no {JUDGE}: set EVENHAND_JUDGES to its parent")
def test_the_providers_own_scenarios_pass(wallet: WalletServer) -> None:
    wallet.fund("u1", "1796.727900")
    wallet.fund(SECOND, "198.917630")
    address = f"http://127.0.0.1:{wallet.port}/evolution"
    command = [sys.executable, f"{JUDGE}/replay.py", f"{JUDGE}/scenarios.json", address]

    run = subprocess.run(
        [*command, TOKEN, "--users", "u1"], capture_output=True, check=False,
        timeout=120,
    )  # fmt: skip

    assert b" 0 failures" in run.stdout, run.stdout.decode()


def test_a_wrong_token_learns_nothing(table: Table) -> None:
    assert table.ask("balance", token="guessed") == {"status": "INVALID_TOKEN_ID", "uuid": "u"}


def test_checking_a_session_gives_it_a_new_name_and_ends_the_old_one(table: Table) -> None:
    old = table.sid

    new = table.ask("check")["sid"]

    assert table.ask("balance", sid=old)["status"] == "INVALID_SID"
    assert table.ask("balance", sid=new)["status"] == "OK"


def test_a_check_whose_reply_was_lost_is_answered_with_the_same_name(table: Table) -> None:
    old = table.sid

    first = table.ask("check", uuid="c1")

    assert table.ask("check", sid=old, uuid="c1") == first
    assert table.ask("balance", sid=first["sid"])["status"] == "OK"
    assert table.ask("check", sid=old, uuid="c2")["status"] == "INVALID_SID"
    later = table.ask("check", sid=first["sid"], uuid="c1")
    assert later["sid"] not in {old, first["sid"]}
    assert table.ask("check", sid=old, uuid="c1")["status"] == "INVALID_SID"
    assert table.ask("balance", sid=later["sid"])["status"] == "OK"


def test_a_check_of_another_players_session_learns_nothing_of_its_name(
    wallet: WalletServer, table: Table, player: str
) -> None:
    wallet.fund(f"{player}/2", "5")
    old = table.sid
    table.ask("check", uuid="c1")

    other = table.ask("check", sid=old, uuid="c1", userId=f"{player}/2")

    assert other == {"status": "INVALID_SID", "uuid": "c1"}


def test_checks_that_come_at_once_get_one_name(table: Table) -> None:
    with ThreadPoolExecutor(8) as crowd:
        said = list(crowd.map(lambda _: table.ask("check", uuid="c1"), range(8)))

    assert {(reply["status"], reply.get("sid")) for reply in said} == {("OK", said[0]["sid"])}


def test_a_debit_after_its_cancel_moves_nothing_for_good(table: Table) -> None:
    assert table.move("cancel", "t1", "r1", "10")["status"] == "BET_DOES_NOT_EXIST"

    assert table.move("debit", "t1", "r1", "10")["status"] == "FINAL_ERROR_ACTION_FAILED"
    assert table.ask("balance")["balance"] == 100


def test_the_same_bytes_are_answered_with_the_same_bytes(table: Table) -> None:
    table.move("debit", "t1", "r1", "0.403604")
    body = b'{"userId":"%b","uuid":"x","currency":"EUR","sid":"%b","transaction":%b}' % (
        table.player.encode(), table.sid.encode(),
        b'{"id":"%b","refId":"%b","amount":1.5}' % (2 * (table.own("t2").encode(),)),
    )  # fmt: skip
    address = f"/evolution/debit?authToken={TOKEN}"
    first = table.wallet.post(address, body)
    table.move("debit", "t3", "r3", "1")

    again = table.wallet.post(address, body)

    assert again == first
    assert table.ask("balance")["balance"] == Decimal("97.096396")


def test_a_late_copy_of_a_refused_debit_takes_nothing_though_there_is_money_now(
    table: Table,
) -> None:
    first = table.move("debit", "t1", "r1", "150")
    table.ask("promo_payout", promoTransaction={"id": table.own("g"), "type": "x", "amount": 100})

    assert first["status"] == "INSUFFICIENT_FUNDS"
    assert table.move("debit", "t1", "r1", "150") == first
    assert table.ask("balance")["balance"] == 200


def test_another_players_bet_is_not_settled(table: Table) -> None:
    second = f"{table.player}/2"
    table.wallet.fund(second, "5")
    table.move("debit", "t1", "r1", "10")
    other = Table(table.wallet, second)

    assert other.move("credit", "t2", "r1", "10")["status"] == "INVALID_PARAMETER"
    assert other.ask("balance")["balance"] == 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        b'{"uuid":"u"}',
        b'{"uuid":"u","userId":"p1","transaction":{"id":1}}',
    ],
)
def test_what_is_no_request_is_an_invalid_parameter(table: Table, body: bytes) -> None:
    status, raw = table.wallet.post(f"/evolution/debit?authToken={TOKEN}", body)

    assert (status, exact(raw)["status"]) == (200, "INVALID_PARAMETER")


def test_an_amount_finer_than_the_ledger_or_below_zero_is_refused(table: Table) -> None:
    assert table.move("debit", "t1", "r1", "0.0000001")["status"] == "INVALID_PARAMETER"
    assert table.move("debit", "t2", "r2", "-1")["status"] == "INVALID_PARAMETER"
    assert table.ask("balance")["balance"] == 100


def test_a_promotion_of_a_type_never_heard_of_is_paid(table: Table) -> None:
    given = {"id": table.own("g1"), "type": "NewType", "amount": 2.5}

    assert table.ask("promo_payout", promoTransaction=given)["balance"] == Decimal("102.5")
    assert table.ask("promo_payout", promoTransaction=given)["balance"] == Decimal("102.5")


def test_a_session_is_not_begun_from_one_of_another_player(
    wallet: WalletServer, table: Table, player: str
) -> None:
    wallet.fund(f"{player}/b", "1")
    other = Table(wallet, f"{player}/b")

    other.sid = other.ask("sid", sid=table.sid)["sid"]

    assert other.ask("balance", game=None)["balance"] == 1
    assert table.ask("balance", game=None)["balance"] == 100


def test_a_balance_in_a_currency_the_player_has_not_is_no_ok_without_a_balance(
    table: Table,
) -> None:
    assert table.ask("balance", currency="SEK", game=None)["status"] == "INVALID_PARAMETER"


def test_a_credit_refused_for_now_is_judged_anew_when_it_comes_again(table: Table) -> None:
    assert table.move("credit", "2", "1", "5")["status"] == "BET_DOES_NOT_EXIST"
    table.move("debit", "1", "1", "5")

    assert table.move("credit", "2", "1", "5")["status"] == "OK"


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "-Infinity", "1e999999"])
def test_an_amount_that_is_no_number_is_refused_for_good(table: Table, amount: str) -> None:
    moved = {"id": table.own("1"), "refId": table.own("1"), "amount": amount}
    assert table.ask("debit", transaction=moved)["status"] == "INVALID_PARAMETER"
    jackpots = {"id": table.own("2"), "type": "x", "jackpots": [{"winAmount": amount}] * 2}
    assert table.ask("promo_payout", promoTransaction=jackpots)["status"] == "INVALID_PARAMETER"
