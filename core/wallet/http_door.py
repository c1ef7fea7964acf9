"""HTTP/1.1 read and written for the wallet alone. Way: uvicorn (sockets, signals) -> here -> app.

uvicorn's own protocol makes an ASGI conversation of every request, which cost as much as the ledger
takes to think about a bet. This one collects a request, asks the application once, and writes the
reply in one piece. Everything else stays uvicorn's: listening, the number of requests at a time,
the end. Requests of one connection are answered one after the other, in order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import httptools

from core.ledger.ledger import Reply
from core.wallet.app import BODY_MOST, Came, WalletApp

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

HEAD_MOST = 64 * 1024
"""Bytes of address and headers together; more is no request."""
_BUSY: Reply = (503, b'{"error":"too many requests at a time"}')
_BROKEN: Reply = (500, b'{"error":"our fault"}')
_LOG = logging.getLogger(__name__)
_LINES = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n".encode() for s in HTTPStatus}


class HttpDoor(asyncio.Protocol):
    """One connection; made by uvicorn as its `http` protocol."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # noqa: ARG002 - uvicorn gives it by name
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not isinstance(config.app, WalletApp):
            raise TypeError(f"{config.app!r} behind the wallet's door")
        self._app, self._server = config.app, server_state
        self._limit = config.limit_concurrency or 0
        self._keeps_s = config.timeout_keep_alive
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._coming: deque[tuple[Came, bool]] = deque()
        self._is_answering, self._closes = False, False
        self._is_full, self._is_paused = False, False
        self._idle_since = self._loop.time()
        self._begin()

    def _begin(self) -> None:
        self._url, self._headers, self._head = b"", list[tuple[bytes, bytes]](), 0
        self._body, self._is_large = bytearray(), False

    # what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection; who sends nothing for long loses it."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._server.connections.add(self)  # type: ignore[arg-type] # it asks for `shutdown` only
        self._loop.call_later(self._keeps_s, self._end_if_idle)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop's
        """Forget the connection; what was asked is done all the same."""
        self._server.connections.discard(self)
        self._transport = None
        self._coming.clear()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._closes = True  # nothing is spoken here but HTTP/1.1: the request is answered
            self._end_if_done()
        except httptools.HttpParserError:
            self._closes = True
            if not self._is_answering:
                self._write((400, b'{"error":"no HTTP request"}'))

    def pause_writing(self) -> None:
        """Read nothing more from who does not read."""
        self._is_full = True
        self._read_or_wait()

    def resume_writing(self) -> None:
        """Read again."""
        self._is_full = False
        self._read_or_wait()

    def shutdown(self) -> None:
        """Answer what was asked, then close; uvicorn calls it at the end."""
        self._closes = True
        self._end_if_done()

    # what the parser calls

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._url += url
        self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers.append((name.lower(), value))
        self._grow(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Ask for the body if that is waited for."""
        for name, value in self._headers:
            if name == b"expect" and value.lower() == b"100-continue" and self._transport:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; too much of it is read and forgotten."""
        if len(self._body) + len(body) > BODY_MOST:
            self._is_large = True
        if not self._is_large:
            self._body += body

    def on_message_complete(self) -> None:
        """Answer, after the requests before."""
        url = httptools.parse_url(self._url)
        path = (url.path or b"").decode("latin-1")
        came = Came(
            method=self._parser.get_method().decode("latin-1"),
            path=unquote(path) if "%" in path else path,
            query=url.query or b"", headers=self._headers,
            body=None if self._is_large else bytes(self._body),
        )  # fmt: skip
        self._coming.append((came, self._parser.should_keep_alive()))
        if self._is_answering:
            self._read_or_wait()
        else:
            self._answer_next()

    def _grow(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_MOST:
            raise ValueError("the head is too large")  # the parser makes its own error of it

    # answering

    def _answer_next(self) -> None:
        came, is_kept = self._coming.popleft()
        self._is_answering = True
        self._closes = self._closes or not is_kept
        task = self._loop.create_task(self._answered(came))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    async def _answered(self, came: Came) -> None:
        server = self._server
        is_busy = self._limit and max(len(server.connections), len(server.tasks)) >= self._limit
        try:
            reply = _BUSY if is_busy else await self._app.answer(came)
        except Exception:  # noqa: BLE001 - whoever asked is answered, whatever it is
            _LOG.exception("%s %r failed", came.method, came.path)
            reply = _BROKEN
        server.total_requests += 1
        self._write(reply, is_head=came.method == "HEAD")
        self._is_answering, self._idle_since = False, self._loop.time()
        if self._coming:
            self._answer_next()
        self._read_or_wait()
        self._end_if_done()

    def _write(self, reply: Reply, *, is_head: bool = False) -> None:
        if self._transport is None:
            return
        status, body = reply
        is_last = self._closes and not self._coming
        parts = [_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status]
        parts += [b"%b: %b\r\n" % header for header in self._server.default_headers]
        parts.append(b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body))
        parts.append(b"connection: close\r\n\r\n" if is_last else b"\r\n")
        if not is_head:
            parts.append(body)
        self._transport.write(b"".join(parts))
        if is_last:
            self._transport.close()

    def _read_or_wait(self) -> None:
        """Let whoever sends on before he is answered, or does not read, wait."""
        waits = self._is_full or bool(self._coming)
        if self._transport is None or waits == self._is_paused:
            return
        self._is_paused = waits
        if waits:
            self._transport.pause_reading()
        elif not self._transport.is_closing():
            self._transport.resume_reading()

    def _end_if_done(self) -> None:
        if self._closes and not self._is_answering and not self._coming and self._transport:
            self._transport.close()

    def _end_if_idle(self) -> None:
        if self._transport is None:
            return
        rest_s = self._idle_since + self._keeps_s - self._loop.time()
        if rest_s <= 0 and not self._is_answering:
            self._transport.close()
        else:
            self._loop.call_later(max(rest_s, 1.0), self._end_if_idle)
