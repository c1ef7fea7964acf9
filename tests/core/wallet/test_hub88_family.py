"""What the family's adapters say when the ledger is away, and of settings they do not know."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import DeclarationError
from core.ledger.calls import RetryableError
from core.ledger.ledger import Reply
from core.ledger.rows import GameSession
from core.wallet.adapter import Handler, Provider, Request
from core.wallet.configuration import known_adapters
from tests.core.wallet.rsa_signing import public_pem, signature


def handler(adapter: str, **settings: Any) -> Handler:
    """Return an adapter at work, whose ledger is away."""

    def away(_name: str) -> GameSession | None:
        raise RetryableError("the ledger is away")

    found = known_adapters()[adapter]
    return found.made(Provider("p", {"public_key": public_pem()}, str, away, settings))


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
