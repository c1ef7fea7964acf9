"""Bytes over a socket to the wallet's own HTTP, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.clock import FixedClock
from core.ledger.calls import Call
from core.ledger.ledger import Answered, Asked, Reply
from core.wallet.adapter import Request
from core.wallet.app import BODY_MOST, WalletApp

http_door = pytest.importorskip("core.wallet.http_door", reason="pip install httptools")
HEAD = b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-type: application/json\r\n"


class Echo:
    """Answers path, a query, a header and the body; `slow` only once it may."""

    looks_up = False

    def asked(self, request: Request) -> Asked | Reply:
        if request.path == "slow":
            return Asked(Call("echo", "p1", "EUR", (), request.at_us))
        said = (request.path, request.query.get("a", ""), request.headers.get("x-sign", ""))
        return 200, "|".join(said).encode() + b"|" + request.body

    def failed(self, request: Request) -> Reply:
        raise ZeroDivisionError


@dataclass
class Server:
    """A door on a socket, and what uvicorn would keep of it."""

    goes: asyncio.Event = field(default_factory=asyncio.Event)
    limit: int = 100
    keeps_s: float = 60.0
    state: Any = field(
        default_factory=lambda: SimpleNamespace(
            connections=set(), tasks=set(), total_requests=0, default_headers=[(b"date", b"today")]
        )
    )

    async def submit(self, asked: Asked) -> Answered:
        await self.goes.wait()
        return Answered((200, b"slowly"), None)

    def door(self) -> asyncio.Protocol:
        now = FixedClock(datetime(2026, 7, 1, tzinfo=UTC))
        app = WalletApp({"echo": Echo()}, self.submit, cast("Any", None), now, lambda: "trace")
        config = SimpleNamespace(
            app=app, limit_concurrency=self.limit, timeout_keep_alive=self.keeps_s
        )
        made: asyncio.Protocol = http_door.HttpDoor(config, self.state, {})
        return made


@asynccontextmanager
async def _talking(
    server: Server,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    listening = await asyncio.get_running_loop().create_server(server.door, "127.0.0.1", 0)
    async with listening:
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        yield reader, writer
        writer.close()


def _said(parts: Sequence[bytes], server: Server | None = None) -> bytes:
    """Return all that is answered until the door closes the connection."""

    async def talk() -> bytes:
        async with _talking(server or Server()) as (reader, writer):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.01)
            return await asyncio.wait_for(reader.read(), 20)

    return asyncio.run(talk())


def _post(path: bytes, body: bytes = b"", *more: bytes) -> bytes:
    lines = (b"POST " + path + b" HTTP/1.1", b"Host: wallet", b"Content-Length: %d" % len(body))
    return b"\r\n".join((*lines, *more, b"", body))


def _reply(body: bytes, *, is_last: bool = False) -> bytes:
    close = b"connection: close\r\n" if is_last else b""
    return HEAD + b"content-length: %d\r\n" % len(body) + close + b"\r\n" + body


CLOSE = b"Connection: close"
LAST = _post(b"/echo/last", b"", CLOSE)
BYE = _reply(b"last|||", is_last=True)


def test_a_request_is_answered_with_its_path_query_headers_and_body() -> None:
    asked = _post(b"/echo/a%20b?a=1", b"body", b"X-Sign: s", CLOSE)

    assert _said([asked]) == _reply(b"a b|1|s|body", is_last=True)


def test_a_connection_is_kept_for_more_requests() -> None:
    assert _said([_post(b"/echo/one"), LAST]) == _reply(b"one|||") + BYE


def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    asked = b"".join(_post(b"/echo/%d" % n, b"x") for n in range(5)) + LAST

    assert _said([asked]) == b"".join(_reply(b"%d|||x" % n) for n in range(5)) + BYE


def test_a_request_in_crumbs_is_read_whole() -> None:
    asked = _post(b"/echo/one", b"12345", b"X-Sign: s") + LAST

    pieces = [asked[at : at + 7] for at in range(0, len(asked), 7)]
    assert _said(pieces) == _reply(b"one||s|12345") + BYE


def test_a_body_in_chunks_is_put_together() -> None:
    head = b"POST /echo/c HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert _said([head, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n", LAST]) == (
        _reply(b"c|||abcde") + BYE
    )


def test_who_waits_to_be_asked_for_the_body_is_asked() -> None:
    asked = _post(b"/echo/c", b"body", b"Expect: 100-continue")

    assert _said([asked, LAST]) == (b"HTTP/1.1 100 Continue\r\n\r\n" + _reply(b"c|||body") + BYE)


def test_a_body_too_large_is_refused_and_the_connection_goes_on() -> None:
    said = _said([_post(b"/echo/c", b"x" * (BODY_MOST + 1)), LAST])

    assert said.startswith(b"HTTP/1.1 413 ")
    assert said.endswith(BYE)


@pytest.mark.parametrize(
    "asked",
    [
        b"\x16\x03\x01 no HTTP\r\n\r\n",
        b"POST /echo/" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /echo/x HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
        b"POST /echo/x HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
    ],
)
def test_what_is_no_request_ends_the_connection(asked: bytes) -> None:
    assert _said([asked]).startswith(b"HTTP/1.1 400 ")


def test_an_old_client_is_answered_and_let_go() -> None:
    asked = b"POST /echo/old HTTP/1.0\r\nContent-Length: 1\r\n\r\nx"

    assert _said([asked]) == _reply(b"old|||x", is_last=True)


def test_no_body_answers_a_head_request() -> None:
    said = _said([b"HEAD /healthz HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n"])

    assert said.startswith(HEAD)
    assert said.endswith(b"\r\n\r\n")


def test_who_wants_another_protocol_is_answered_in_this_one() -> None:
    said = _said([_post(b"/echo/ws", b"", b"Connection: upgrade", b"Upgrade: websocket")])

    assert said == _reply(b"ws|||", is_last=True)


def test_a_request_over_the_limit_is_told_so() -> None:
    assert _said([LAST], Server(limit=1)).startswith(b"HTTP/1.1 503 ")


def test_a_fault_of_ours_is_answered_too() -> None:
    server = Server()
    server.submit = None  # type: ignore[method-assign, assignment] # what fails, fails again

    assert _said([_post(b"/echo/slow", b"", CLOSE)], server).startswith(b"HTTP/1.1 500 ")


def test_who_asks_nothing_for_long_is_let_go() -> None:
    assert _said([_post(b"/echo/one")], Server(keeps_s=0.05)) == _reply(b"one|||")


def test_the_end_waits_for_what_was_asked() -> None:
    async def talk() -> bytes:
        server = Server()
        async with _talking(server) as (reader, writer):
            writer.write(_post(b"/echo/slow") + LAST)
            while not server.state.tasks:
                await asyncio.sleep(0.001)
            for connection in list(server.state.connections):
                connection.shutdown()
            server.goes.set()
            return await asyncio.wait_for(reader.read(), 20)

    assert asyncio.run(talk()) == _reply(b"slowly") + BYE


def test_at_the_end_a_connection_at_rest_is_closed() -> None:
    async def talk() -> bytes:
        server = Server()
        async with _talking(server) as (reader, writer):
            writer.write(_post(b"/echo/one"))
            got = await reader.readuntil(b"one|||")
            for connection in list(server.state.connections):
                connection.shutdown()
            return got + await asyncio.wait_for(reader.read(), 20)

    assert asyncio.run(talk()) == _reply(b"one|||")


def test_who_goes_before_he_is_answered_leaves_nothing_behind() -> None:
    async def talk() -> Server:
        server = Server()
        async with _talking(server) as (_, writer):
            writer.write(_post(b"/echo/slow"))
            while not server.state.tasks:
                await asyncio.sleep(0.001)
            writer.close()
            while server.state.connections:
                await asyncio.sleep(0.001)
            server.goes.set()
            while server.state.tasks:
                await asyncio.sleep(0.001)
        return server

    assert asyncio.run(talk()).state.total_requests == 1
