"""A register we can ask: the protocol, and how it is spoken over HTTP. Way: desk -> here -> wire.

Every wait has an end: an answer that is not there in time, larger than 64 KiB, no JSON, about
somebody else or to another question is no answer, and its reason one word. What is sent of a person
is never in an error.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Protocol

import httpx
import msgspec

from core.compliance.requests.holds import RegisterAnswered
from core.registers.declaration import RegisterDeclaration
from core.registers.wire import BODY_MOST, Message, Query, Taken, Unanswered, answers_of, decoded


class Register(Protocol):
    """Answers queries and takes messages."""

    @property
    def declaration(self) -> RegisterDeclaration:
        """What it is."""
        ...

    async def ask(self, query: Query, at_us: int, within_s: float) -> tuple[RegisterAnswered, ...]:
        """Ask; a limit file answers once for each period.

        Raises:
            Unanswered: there is no answer that counts, for a reason.
        """
        ...

    async def tell(self, message: Message, within_s: float) -> None:
        """Tell; a message told again changes nothing.

        Raises:
            Unanswered: it is not known to have been taken.
        """
        ...


@dataclass(frozen=True, slots=True)
class HttpRegister:
    """A register at an address. `token` is sent as a bearer's, "" for none."""

    declaration: RegisterDeclaration
    url: str
    client: httpx.AsyncClient
    token: str = ""

    async def ask(self, query: Query, at_us: int, within_s: float) -> tuple[RegisterAnswered, ...]:
        """Ask, and read the answer."""
        body = await self._post("queries", msgspec.json.encode(query), within_s)
        return answers_of(body, query, self.declaration, at_us)

    async def tell(self, message: Message, within_s: float) -> None:
        """Tell, and see that it was taken."""
        body = await self._post("messages", msgspec.json.encode(message), within_s)
        taken = decoded(body, Taken)
        if taken.message_id != message.message_id:
            raise Unanswered("other_message")

    async def _post(self, path: str, body: bytes, within_s: float) -> bytes:
        try:
            async with asyncio.timeout(within_s):
                return await self._posted(path, body, within_s)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unanswered("timeout") from error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise Unanswered("unreachable") from error

    async def _posted(self, path: str, body: bytes, within_s: float) -> bytes:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        address = f"{self.url}/registers/{self.declaration.name}/{path}"
        asking = self.client.stream(
            "POST", address, content=body, headers=headers, timeout=within_s
        )  # fmt: skip
        async with asking as reply:
            if reply.status_code != 200:
                raise Unanswered(f"http_{reply.status_code}")
            read = bytearray()
            async for part in reply.aiter_raw():
                read += part
                if len(read) > BODY_MOST:
                    raise Unanswered("too_large")
            return bytes(read)
