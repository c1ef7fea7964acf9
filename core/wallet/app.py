"""The wallet over HTTP: as an ASGI application, and as what `core.wallet.http_door` asks.

    provider -> `POST /<provider>/<path>` -> here -> handler, ledger in batches -> reply

Nothing here knows a protocol. Whatever goes wrong on our side is answered in the provider's own
words for "ask again"; a body too large or a provider nobody set up is refused in plain HTTP.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from core.clock import Clock
from core.ledger.calls import RetryableError
from core.ledger.ledger import Answered, Asked, Reply
from core.wallet.adapter import Handler, Headers, RawHeaders, RefusesLarge, Request

BODY_MOST = 64 * 1024
_LOG = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Submit = Callable[[Asked], Awaitable[Answered]]


class Came(NamedTuple):
    """A request as it came over the wire; `body` is null for one that was too large to read.

    `path` is unescaped, `query` as it came, header names are in lower case.
    """

    method: str
    path: str
    query: bytes
    headers: RawHeaders
    body: bytes | None


@dataclass(frozen=True, slots=True)
class WalletApp:
    """An ASGI application over the handlers of every provider set up, by name.

    `submit` posts to the ledger. Handlers that look something up first do so in `threads`.
    `new_trace` names what follows a request everywhere.
    """

    handlers: Mapping[str, Handler]
    submit: Submit
    threads: Executor
    clock: Clock
    new_trace: Callable[[], str]

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        came = Came(
            scope["method"], scope["path"], scope["query_string"], scope["headers"],
            await _body(receive),
        )  # fmt: skip
        status, body = await self.answer(came)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def answer(self, came: Came) -> Reply:
        """Answer one request; it never fails."""
        if came.path == "/healthz":
            return 200, b'{"status":"ok"}'
        name, _, path = came.path.removeprefix("/").partition("/")
        handler = self.handlers.get(name)
        if came.body is None:
            if isinstance(handler, RefusesLarge):
                return handler.too_large()
            return 413, b'{"error":"the body is larger than 64 KiB"}'
        if handler is None:
            return 404, b'{"error":"no such provider"}'
        if came.method != "POST":
            return 405, b'{"error":"expected POST"}'
        return await self._handled(handler, self._request(came, path.rstrip("/"), came.body))

    async def _handled(self, handler: Handler, request: Request) -> Reply:
        try:
            asked = await self._asked(handler, request)
            return (await self.submit(asked)).reply if isinstance(asked, Asked) else asked
        except RetryableError:
            return handler.failed(request)
        except Exception:  # noqa: BLE001 - whatever we did wrong is not final for the provider
            _LOG.exception("request %s to %r failed", request.trace_id, request.path)
            return handler.failed(request)

    async def _asked(self, handler: Handler, request: Request) -> Asked | Reply:
        """Let the handler read the request; one that may wait for the ledger reads in a thread."""
        if not handler.looks_up:
            return handler.asked(request)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, handler.asked, request)

    def _request(self, came: Came, path: str, body: bytes) -> Request:
        now = self.clock.now()
        return Request(
            path=path, query=_query(came.query), headers=Headers(came.headers), body=body,
            at_us=int(now.timestamp()) * 1_000_000 + now.microsecond, trace_id=self.new_trace(),
        )  # fmt: skip


def _query(said: bytes) -> Mapping[str, str]:
    """Read a query; nearly none has an escape in it."""
    text = said.decode("latin-1")
    if "%" in text or "+" in text:
        return dict(parse_qsl(text))
    pairs = (part.partition("=") for part in text.split("&"))
    return {name: value for name, _, value in pairs if value}


async def _body(receive: Callable[[], Awaitable[Message]]) -> bytes | None:
    """Read a body; None if it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_MOST:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _live(
    receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
