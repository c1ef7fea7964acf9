"""The compliance desk over HTTP (ASGI). Way: account system, CRM, back office -> here -> desk.

    POST /v1/players/<player>/requests   {"kind": "limit_asked", "request_id": ..., ...} -> verdict
    GET  /v1/players/<player>/standing   what the rules know of a player
    GET  /healthz

A caller names himself by a bearer key. A request says its kind and fields as
`core.compliance.requests` has them; amounts are ledger units. What goes wrong on our side is a 503:
ask again with the same request id.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from core.clock import Clock
from core.compliance.calendar import instant_us
from core.compliance.desk import Reply as Verdict
from core.compliance.request import Request, any_request
from core.compliance.standing import Standing
from core.errors import EvenhandError, NotReadyError
from core.ledger.calls import RetryableError
from core.typed_json import reader_of

BODY_MOST = 64 * 1024
_LOG = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Reply = tuple[int, bytes]


class Asking(Protocol):
    """Answers requests, each once."""

    def ask(self, player: str, request: Request, trace_id: str = "") -> Verdict:
        """Judge a request and keep what follows."""
        ...


@dataclass(frozen=True, slots=True)
class ComplianceApp:
    """An ASGI application over a desk; `key` is the secret callers bear.

    What asks may be the desk itself or one that asks registers first.

    The instant of a request is the server's own: nobody's clock but ours moves a limit.
    """

    desk: Asking
    standing_of: Callable[[str], Standing | None]
    key: str
    clock: Clock
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
        status, body = await self._answer(scope, receive)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Message, receive: Callable[[], Awaitable[Message]]) -> Reply:
        if scope["path"] == "/healthz":
            return 200, b'{"status":"ok"}'
        if not self._is_known(dict(scope["headers"])):
            return 401, _said("no key, or a wrong one", "authorization: Bearer ...")
        body = await _body(receive)
        if body is None:
            return 413, _said("a body of more than 64 KiB", "one request")
        match scope["method"], scope["path"].strip("/").split("/"):
            case "POST", ["v1", "players", player, "requests"]:
                work = lambda: self._asked(player, body)  # noqa: E731 - one of two
            case "GET", ["v1", "players", player, "standing"]:
                work = lambda: self._standing(player)  # noqa: E731 - the other
            case _:
                return 404, _said(f"{scope['method']} {scope['path']}", "see docs/compliance.md")
        return await asyncio.get_running_loop().run_in_executor(self.threads, self._safely, work)

    def _is_known(self, headers: dict[bytes, bytes]) -> bool:
        said = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        return hmac.compare_digest(said, self.key.encode())

    def _asked(self, player: str, body: bytes) -> Reply:
        request: Request = reader_of(any_request()).decode(self._timed(body))
        reply = self.desk.ask(player, request, request.request_id)
        return 200, msgspec.json.encode(reply)

    def _timed(self, body: bytes) -> bytes:
        said = msgspec.json.decode(body, type=dict[str, Any])
        return msgspec.json.encode({**said, "at_us": instant_us(self.clock.now())})

    def _standing(self, player: str) -> Reply:
        standing = self.standing_of(player)
        if standing is None:
            return 404, _said("no such player", "one who was enrolled")
        return 200, msgspec.json.encode(standing)

    @staticmethod
    def _safely(work: Callable[[], Reply]) -> Reply:
        try:
            return work()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return 400, _said(str(error), "a request as docs/compliance.md has it")
        except RetryableError:
            return 503, _said("the ledger does not answer", "ask again with the same request id")
        except NotReadyError as error:
            return 404, _said(error.met, error.expected)
        except EvenhandError as error:
            return 409, _said(error.met, error.expected or error.hint)
        except Exception:  # noqa: BLE001 - whatever we did wrong is not final for the asker
            _LOG.exception("a compliance request failed")
            return 503, _said("something of ours failed", "ask again with the same request id")


def _said(met: str, expected: str) -> bytes:
    return msgspec.json.encode({"error": met, "expected": expected})


async def _body(receive: Callable[[], Awaitable[Message]]) -> bytes | None:
    """Read a body; null if it is too large."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > BODY_MOST:
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
