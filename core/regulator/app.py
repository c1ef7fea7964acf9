"""The regulator's door over HTTP (ASGI), on loopback behind the operator's TLS. Way: -> access."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from core.regulator.access import Access, Answer

_LOG = logging.getLogger(__name__)
Message = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class RegulatorApp:
    """An ASGI application over `Access`; what a request's body says is never read."""

    access: Access
    threads: Executor

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
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self.threads, self._answer, scope)
        headers = [
            (b"content-type", answer.kind.encode()), (b"content-length", b"%d" % len(answer.body)),
            (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
        ]  # fmt: skip
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _answer(self, scope: Message) -> Answer:
        if scope["path"] == "/healthz":
            return Answer(200, b'{"status":"ok"}')
        said = dict(scope["headers"]).get(b"authorization", b"")
        key = said.removeprefix(b"Bearer ").decode("utf-8", "surrogateescape")
        query = scope.get("query_string", b"").decode("ascii", "backslashreplace")
        try:
            return self.access.answer(key, scope["method"], scope["path"], query)
        except Exception:  # noqa: BLE001 - whatever we did wrong is not told
            _LOG.exception("a regulator's query failed")
            return Answer(503, b'{"error":"something of ours failed","expected":"ask again"}')


async def _live(
    receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
