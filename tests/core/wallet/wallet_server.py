"""Starts `evenhand wallet run` on a free port and speaks to it. Way: conftest -> here."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.ledger.calls import Action, Call
from core.ledger.ledger import Ledger
from core.ledger.open_ledger import open_backend
from core.ledger.units import units
from core.ledger.wallets import open_wallet
from tests.services.server import free_port

TOKEN = "a-token-of-the-tests"
SECRETS = {"EVOLUTION_TOKEN": TOKEN, "AGGREGATOR_TOKEN": TOKEN}
START_S, END_S = 120.0, 30.0


@dataclass(slots=True)
class WalletServer:
    """One wallet process; `secrets` go into its environment."""

    ledger_url: str
    providers: Path
    home: Path
    secrets: Mapping[str, str]
    port: int = field(default_factory=free_port)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run while the body does; it must end by itself when told to."""
        environment = {
            **os.environ, **self.secrets, "EVENHAND_LEDGER": self.ledger_url,
            "EVENHAND_HOME": str(self.home),
        }  # fmt: skip
        command = [sys.executable, "-m", "pipelines", "wallet", "run", "--port", str(self.port)]
        process = subprocess.Popen(
            [*command, "--providers", str(self.providers)], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            self._wait(process)
            yield
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            finally:
                process.kill()
                if process.stderr is not None:
                    process.stderr.close()

    def fund(self, player: str, amount: str, currency: str = "EUR") -> None:
        """Give a player a wallet with real money in it."""
        backend = open_backend(self.ledger_url)
        open_wallet(backend, player, currency, at_us=1)
        given = Action("promotion", f"gift of {player}", units(amount, currency))
        Ledger(backend).post_one(Call("tests", player, currency, (given,), at_us=1))
        backend.close()

    def post(
        self, path: str, body: bytes | Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send one request, with headers of its own; return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        connection.request("POST", path, raw, sent)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if process.poll() is not None and process.stderr is not None:
                raise RuntimeError(process.stderr.read().decode())
            try:
                self.post("/", b"")
            except OSError:
                continue
            return
        raise TimeoutError("the wallet did not start")


def exact(body: bytes) -> dict[str, Any]:
    """Read a reply with its numbers as they are written."""
    found: dict[str, Any] = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    return found
