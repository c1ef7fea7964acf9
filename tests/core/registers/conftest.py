"""Sandbox registers as their own process, asked over real HTTP. Way: fixtures -> here -> tests."""

import asyncio
import itertools
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.registers.configuration import open_client, sandbox_registers
from core.registers.desk import RegisterDesk
from core.registers.identity import Identity
from tests.services.server import Server, free_port


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All registers, played by one process until the tests end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    def is_ready() -> bool:
        try:
            return httpx.get(f"{url}/healthz", timeout=1, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    command = [sys.executable, "-m", "pipelines", "registers", "serve", "--port", str(port)]
    folder = tmp_path_factory.mktemp("registers")
    environment = Path(__file__).resolve().parents[3]
    server = Server(
        ["env", "-C", str(environment), *command], folder, port, is_ready, within_s=120.0
    )  # fmt: skip
    with server.running():
        yield url


class Sandbox:
    """The admin path of the sandbox, and a desk that asks it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.people: dict[str, Identity] = {}

    def admin(self, method: str, register: str, path: str = "", body: Any = None) -> Any:
        """Ask the admin path; it must say yes."""
        address = f"{self.url}/admin/{register}/{path}".rstrip("/")
        reply = httpx.request(method, address, json=body, timeout=10, trust_env=False)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def mood(self, register: str, mood: str, seconds: float = 5.0) -> None:
        """Make a register behave."""
        self.admin("PUT", register, "mood", {"mood": mood, "seconds": seconds})

    def put(self, register: str, player: str, sends: tuple[str, ...], **said: Any) -> None:
        """Put a player on file."""
        subject = self.people[player].only(sends)
        self.admin("PUT", register, "people", {"subject": subject, **said})

    def person(self, player: str) -> Identity:
        """Make up a person nobody else is."""
        name = uuid.uuid4().hex
        self.people[player] = Identity(
            first_name="Max", last_name=f"Muster {name}", born_on="1990-05-01",
            email=f"{name}@example.org", phone="+4912345", street="Am Weg 1", postcode="10115",
            city="Berlin", country="DE", national_id=name,
        )  # fmt: skip
        return self.people[player]

    def asking(self, use: Callable[[RegisterDesk], Any]) -> Any:
        """Run something with a desk over fresh connections."""

        async def run() -> Any:
            async with open_client() as client:
                numbers = itertools.count()
                desk = RegisterDesk(
                    sandbox_registers(self.url, client), self.people.get,
                    lambda: f"q-{uuid.uuid4().hex[:8]}-{next(numbers)}",
                )  # fmt: skip
                found = await use(desk)
                self.counts = desk.counts
                return found

        return asyncio.run(run())


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[Sandbox]:
    """The sandbox, well behaved before and after."""
    made = Sandbox(sandbox_url)
    names = list(sandbox_registers(sandbox_url, open_client()))
    yield made
    for name in names:
        made.mood(name, "well")


@pytest.fixture
def player() -> str:
    """A player nobody else has."""
    return f"p-{uuid.uuid4().hex[:10]}"
