"""Registers for development and tests, over real HTTP. Way: registers serve -> here -> desk.

    POST /registers/<name>/queries, /messages     as `core.registers.wire` says
    PUT  /admin/<name>/people                     list somebody, set limits, say he plays elsewhere
    POST /admin/<name>/forget                     take somebody off the file ({"subject": {...}})
    PUT  /admin/<name>/mood                       {"mood": "slow", "seconds": 5}
    GET  /admin/<name>                            what was asked and told, as figures

Moods are what registers do when nobody wants them to: `down` (HTTP 503), `slow` (answers after
`seconds`), `drip` (a byte every tenth of a second), `garbage` (no JSON), `huge` (more than 64 KiB),
`wrong_player` (about somebody else), `replayed` (the answer to the query before), `maybe` (a status
there is not); `well` again. The admin path has no lock: the server is for this machine alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from core.clock import Clock
from core.compliance.calendar import instant_us
from core.errors import EvenhandError
from core.registers.declaration import known_registers
from core.registers.sandbox_state import Person, SandboxRegister, state_of
from core.registers.wire import BODY_MOST, Message, Query, Said, Taken

_LOG = logging.getLogger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
Reply = tuple[int, bytes]
Kind = Literal[
    "well", "down", "slow", "drip", "garbage", "huge", "wrong_player", "replayed", "maybe"
]
_DRIP_S = 0.1


class Mood(msgspec.Struct, frozen=True):
    """How a register behaves."""

    mood: Kind
    seconds: float = 5.0


_WELL = Mood("well")


class Forgotten(msgspec.Struct, frozen=True):
    """Whom to take off the file."""

    subject: dict[str, str]


@dataclass(slots=True)
class Played:
    """A register with its mood and its last answer."""

    register: SandboxRegister
    mood: Mood = _WELL
    last: Said | None = None


class SandboxApp:
    """An ASGI application playing registers, by name; all known ones unless some are named."""

    def __init__(self, clock: Clock, names: Iterable[str] = ()) -> None:
        known = known_registers()
        self.played = {name: Played(SandboxRegister(known[name])) for name in names or known}
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        body = await _body(receive)
        status, said = await self._answered(scope["method"], scope["path"], body)
        drips = self._mood(scope["path"]).mood == "drip"
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for part in [bytes([byte]) for byte in said] if drips else [said]:
            await asyncio.sleep(_DRIP_S if drips else 0)
            await send({"type": "http.response.body", "body": part, "more_body": drips})
        if drips:
            await send({"type": "http.response.body", "body": b""})

    async def _answered(self, method: str, path: str, body: bytes) -> Reply:
        parts = path.strip("/").split("/")
        played = self.played.get(parts[1]) if len(parts) > 1 else None
        if path == "/healthz":
            return 200, b'{"status":"ok"}'
        if played is None or parts[0] not in ("registers", "admin"):
            return 404, b'{"error":"no such register"}'
        try:
            if parts[0] == "admin":
                return self._administered(played, method, parts[2:], body)
            return await self._asked(played, parts[2:], body)
        except (msgspec.MsgspecError, EvenhandError, ValueError) as error:
            return 400, msgspec.json.encode({"error": type(error).__name__})

    async def _asked(self, played: Played, path: list[str], body: bytes) -> Reply:
        mood = played.mood
        if mood.mood == "down":
            return 503, b"{}"
        if mood.mood == "slow":
            await asyncio.sleep(mood.seconds)
        if path == ["messages"]:
            message = msgspec.json.decode(body, type=Message)
            played.register.told(message, self._now_us())
            return 200, _moody(mood, msgspec.json.encode(Taken(message_id=message.message_id)))
        if path != ["queries"]:
            return 404, b'{"error":"queries or messages"}'
        query = msgspec.json.decode(body, type=Query)
        said, before = played.register.answered(query, self._now_us()), played.last
        played.last = said
        return 200, _moody(mood, msgspec.json.encode(_told_wrongly(mood, said, before)))

    def _administered(self, played: Played, method: str, path: list[str], body: bytes) -> Reply:
        match method, path:
            case "GET", []:
                said = state_of(played.register, self._now_us()) | {"mood": played.mood.mood}
                return 200, msgspec.json.encode(said)
            case "PUT", ["people"]:
                played.register.put(msgspec.json.decode(body, type=Person))
            case "POST", ["forget"]:
                played.register.forget(msgspec.json.decode(body, type=Forgotten).subject)
            case "PUT", ["mood"]:
                played.mood = msgspec.json.decode(body, type=Mood)
            case _:
                return 404, b'{"error":"people, forget or mood"}'
        return 200, b"{}"

    def _mood(self, path: str) -> Mood:
        parts = path.strip("/").split("/")
        played = self.played.get(parts[1]) if len(parts) > 1 and parts[0] == "registers" else None
        return _WELL if played is None else played.mood

    def _now_us(self) -> int:
        return instant_us(self._clock.now())


def _told_wrongly(mood: Mood, said: Said, before: Said | None) -> Said:
    match mood.mood:
        case "wrong_player":
            return msgspec.structs.replace(said, proof="0" * 64)
        case "replayed" if before is not None:
            return before
        case "maybe":
            return msgspec.structs.replace(said, status="maybe")
    return said


def _moody(mood: Mood, said: bytes) -> bytes:
    match mood.mood:
        case "garbage":
            return b"\xff<html>come back later</html>"
        case "huge":
            return said + b" " * (BODY_MOST + 1)
    return said


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
