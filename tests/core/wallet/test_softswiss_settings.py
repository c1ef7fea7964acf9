"""What the SOFTSWISS adapters say without a ledger: ask again, codes of rules, wrong settings."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.errors import DeclarationError
from core.ledger.calls import Outcome, Result, Status
from core.ledger.ledger import Asked
from core.ledger.rows import Fund
from core.providers.softswiss_v1 import SOFTSWISS_V1
from core.providers.softswiss_v2 import SOFTSWISS_V2
from core.wallet.adapter import Adapter, Provider, Request
from core.wallet.softswiss_codes import Code, codes_of_rules, refusal_of
from tests.core.wallet.signed_requests import signed

BOTH = pytest.mark.parametrize("adapter", [SOFTSWISS_V1, SOFTSWISS_V2])
REQUEST = Request("play", {}, {}, b"{}", at_us=0, trace_id="t")


def provider(**settings: Any) -> Provider:
    return Provider("p", {"auth_token": "s"}, lambda: "", lambda _: None, settings)


def test_what_may_be_our_fault_is_asked_again_and_is_no_client_error() -> None:
    status, body = SOFTSWISS_V1.made(provider()).failed(REQUEST)
    assert (status, msgspec.json.decode(body)["code"]) == (500, 500)

    status, body = SOFTSWISS_V2.made(provider()).failed(REQUEST)
    said = msgspec.json.decode(body)
    assert (status, said["code"], said["meta"]["api_code"]) == (500, "internal", "503")


def test_a_rule_is_a_limit_reached_unless_it_has_a_code_of_its_own() -> None:
    rules = codes_of_rules(provider(rules={"country": 153}))
    codes = [
        refusal_of(Result(status=Status.RULE, detail=f"{rule}: why"), rules).code
        for rule in ("loss_limit", "country", "wallet_is_open")
    ]

    assert codes == [Code.LIMIT, Code.COUNTRY, Code.DISABLED]


def test_what_a_rule_found_is_not_told_to_the_provider() -> None:
    refused = Result(status=Status.RULE, detail="fraud_desk: multi-account ring")

    assert "ring" not in refusal_of(refused, {}).message


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.RULE])
def test_no_refusal_of_the_ledger_asks_for_another_try(status: Status) -> None:
    assert refusal_of(Result(status=status), {}).code < Code.INTERNAL


@BOTH
@pytest.mark.parametrize("rules", [{"country": 500}, {"country": "153"}, {"country": 7}, [1]])
def test_a_rule_with_a_code_that_is_none_or_not_final_does_not_start(
    adapter: Adapter, rules: object
) -> None:
    with pytest.raises(DeclarationError, match="below 500"):
        adapter.made(provider(rules=rules))


@pytest.mark.parametrize("free_win", ["bonus", "bonus:", "bonus:of nobody", "welcome", 1, None])
def test_free_spins_that_win_what_there_is_not_do_not_start(free_win: object) -> None:
    with pytest.raises(DeclarationError, match="bonus:welcome"):
        SOFTSWISS_V1.made(provider(free_win=free_win))


@pytest.mark.parametrize("statuses", [{100: 200}, {100: 500}, {500: 400}, {"100": 412}, 412])
def test_a_status_that_does_not_say_final_does_not_start(statuses: object) -> None:
    with pytest.raises(DeclarationError, match="HTTP statuses"):
        SOFTSWISS_V1.made(provider(statuses=statuses))


def test_an_unknown_way_to_roll_back_wins_does_not_start() -> None:
    with pytest.raises(DeclarationError, match="clamp"):
        SOFTSWISS_V1.made(provider(spent_win="no"))


def test_an_action_says_when_it_was_done_first_to_the_microsecond() -> None:
    said = {
        "user_id": "u", "currency": "EUR", "game_id": "r",
        "actions": [{"action": "bet", "action_id": "b", "amount": 1}],
    }  # fmt: skip
    body = msgspec.json.encode(said)
    header = {"x-request-sign": signed(body, "s")["X-REQUEST-SIGN"]}
    asked = SOFTSWISS_V1.made(provider()).asked(Request("play", {}, header, body, 1, "t"))
    done = Result(status=Status.OK, movement_id=7, at_us=1_700_000_000_123_456, is_replay=True)

    assert isinstance(asked, Asked)
    status, raw = asked.say(Outcome((done,), {Fund.REAL: 19_999}))

    assert (status, msgspec.json.decode(raw)) == (200, {
        "balance": 1, "game_id": "r",
        "transactions": [
            {"action_id": "b", "tx_id": "7", "processed_at": "2023-11-14T22:13:20.123456Z"}
        ],
    })  # fmt: skip
