"""What the family's adapters say when the ledger is away, and of settings they do not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DeclarationError
from core.ledger.calls import Outcome, Result, RetryableError, Status
from core.ledger.ledger import Asked, Reply
from core.ledger.rows import PLAYABLE, Fund, GameSession
from core.wallet.adapter import Handler, Provider, Request
from core.wallet.configuration import known_adapters
from core.wallet.sessions import beginning, session_hash
from tests.core.wallet.rsa_signing import public_pem, signature


def away(_name: str) -> GameSession | None:
    """Find no session: nobody can tell whether there is one."""
    raise RetryableError("the ledger is away")


def in_dinars(_name: str) -> GameSession:
    """Find a session of a player with Kuwaiti dinars."""
    begun = beginning("u1", "KWD", "g", 1)
    return msgspec.structs.replace(begun, provider="p", session_hash=session_hash("t"))


def handler(
    adapter: str, find: Callable[[str], GameSession | None] = away, **settings: Any
) -> Handler:
    """Return an adapter at work, on sessions found so."""
    found = known_adapters()[adapter]
    return found.made(Provider("p", {"public_key": public_pem()}, str, find, settings))


def request(path: str, body: bytes) -> Request:
    """Return a signed request."""
    signed = dict.fromkeys(("x-hub88-signature", "x-auth-signature"), signature(body))
    return Request(path, {}, signed, body, at_us=1, trace_id="t")


@pytest.mark.parametrize(
    ("adapter", "path", "word"),
    [
        ("hub88", "transaction/win", "RS_ERROR_UNKNOWN"),
        ("caleta", "wallet/win", "RS_ERROR_TIMEOUT"),
    ],
)
def test_a_ledger_that_is_away_is_no_final_answer(adapter: str, path: str, word: str) -> None:
    body = {
        "token": "t", "user": "u", "supplier_user": "s", "request_uuid": "q", "game_code": "g",
        "transaction_uuid": "w", "reference_transaction_uuid": "b", "round": "r",
        "round_closed": True, "is_free": False, "currency": "EUR", "amount": 1,
    }  # fmt: skip
    wallet, asked = handler(adapter), request(path, json.dumps(body).encode())

    with pytest.raises(RetryableError):
        wallet.asked(asked)

    assert said(wallet.failed(asked)) == {"status": word, "request_uuid": "q"}


@given(held=st.lists(st.integers(0, 2**60), min_size=3, max_size=3), aside=st.integers(0, 2**60))
def test_the_balance_said_is_all_that_can_be_played_rounded_down_once(
    held: list[int], aside: int
) -> None:
    body = b'{"token":"t","request_uuid":"q","game_code":"g","supplier_user":"s"}'
    asked = handler("caleta", in_dinars).asked(request("wallet/balance", body))
    balances = {**dict(zip(PLAYABLE, held, strict=True)), Fund.RESERVED: aside}

    assert isinstance(asked, Asked)
    reply = said(asked.say(Outcome((), balances)))

    assert reply == {
        "status": "RS_OK", "request_uuid": "q", "user": "u1", "currency": "KWD",
        "balance": sum(held) // 10,
    }  # fmt: skip


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("operation", ["bet", "win", "rollback"])
def test_no_outcome_of_the_ledger_is_said_to_be_transient(operation: str, status: Status) -> None:
    body = {
        "token": "t", "supplier_user": "s", "request_uuid": "q", "game_code": "g",
        "transaction_uuid": "w", "reference_transaction_uuid": "b", "round": "r",
        "round_closed": True, "is_free": False, "currency": "KWD", "amount": 1,
    }  # fmt: skip
    wallet = handler("caleta", in_dinars)
    asked = wallet.asked(request(f"wallet/{operation}", json.dumps(body).encode()))

    assert isinstance(asked, Asked)
    reply = said(asked.say(Outcome((Result(status=status),), {})))

    assert reply["status"] not in {"RS_ERROR_UNKNOWN", "RS_ERROR_TIMEOUT"}
    is_done = status in {Status.OK, Status.BET_UNKNOWN, Status.VOID}
    if status is not Status.BET_CANCELLED:  # a rollback that was done under another id
        assert reply["status"].startswith("RS_ERROR") or is_done


@pytest.mark.parametrize(
    "settings",
    [{"unknown_rollback": "RS_MAYBE"}, {"jackpot_win": True}, {"rollback": "RS_OK"}],
)
def test_a_setting_nobody_knows_is_named_at_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match="settings of provider p"):
        handler("hub88", **settings)


def said(reply: Reply) -> dict[str, Any]:
    """Return what a reply says."""
    status, raw = reply
    assert status == 200
    found: dict[str, Any] = json.loads(raw)
    return found
