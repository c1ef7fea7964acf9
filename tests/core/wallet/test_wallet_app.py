"""The HTTP door itself, with a handler that only says what it was asked."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from core.clock import FixedClock
from core.ledger.calls import Call, RetryableError
from core.ledger.ledger import Answered, Asked, Reply
from core.wallet.adapter import Request
from core.wallet.app import BODY_MOST, WalletApp

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
AGAIN: Reply = (503, b"ask again")


class Echo:
    """Answers with path and body; a body `broken` is a fault of ours, `busy` a ledger away."""

    looks_up = False

    def asked(self, request: Request) -> Asked | Reply:
        if request.body == b"broken":
            raise ZeroDivisionError
        if request.body == b"busy":
            return Asked(Call("echo", "p1", "EUR", (), request.at_us, request.trace_id))
        return 200, request.path.encode() + b"|" + request.body

    def failed(self, request: Request) -> Reply:
        return AGAIN


async def _away(asked: Asked) -> Answered:
    raise RetryableError("away")


def _ask(path: str, body: bytes = b"", method: str = "POST", parts: int = 1) -> Reply:
    sent: list[dict[str, Any]] = []
    size = max(1, -(-len(body) // parts))
    pieces = [body[i : i + size] for i in range(0, len(body), size)] or [b""]
    coming = [
        {"type": "http.request", "body": piece, "more_body": n + 1 < len(pieces)}
        for n, piece in enumerate(pieces)
    ]
    scope = {"type": "http", "path": path, "method": method, "query_string": b"", "headers": []}

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as threads:
        app = WalletApp({"echo": Echo()}, _away, threads, FixedClock(NOON), lambda: "trace")
        asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


def test_a_request_reaches_its_provider_whole() -> None:
    assert _ask("/echo/a/b", b"0123456789", parts=3) == (200, b"a/b|0123456789")


@pytest.mark.parametrize("body", [b"broken", b"busy"])
def test_what_goes_wrong_on_our_side_is_never_final(body: bytes) -> None:
    assert _ask("/echo/bet", body) == AGAIN


def test_nobody_else_is_answered_in_plain_http() -> None:
    assert _ask("/other/bet")[0] == 404
    assert _ask("*", method="OPTIONS")[0] == 404
    assert _ask("/echo/bet", method="GET")[0] == 405
    assert _ask("/echo/bet", b"x" * (BODY_MOST + 1), parts=4)[0] == 413
    assert _ask("/healthz", method="GET") == (200, b'{"status":"ok"}')
