"""Wallet, relay and database as processes that are killed and started again.

Way: test_wallet_kills -> here -> `evenhand wallet run`, PostgreSQL.
"""

from __future__ import annotations

import http.client
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.core.wallet.wallet_server import SECRETS
from tests.services.server import Server, free_port, wait_until

ROOT = Path(__file__).resolve().parents[3]
_PROVIDERS = "providers: {evolution: {adapter: onewallet, secrets: {auth_token: {env: %s}}}}"
_SECRET = "EVOLUTION_TOKEN"


@dataclass(slots=True)
class KilledHouse:
    """The processes of a wallet by name; `database` is missing where it is a file."""

    servers: dict[str, Server]

    @property
    def port(self) -> int:
        """Where providers ask."""
        return self.servers["wallet"].port

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run all while the body does."""
        with ExitStack() as stack:
            for server in self.servers.values():
                stack.enter_context(server.running())
            yield

    def fallen(self) -> dict[str, int]:
        """Return what has ended though nobody killed it, and how: below zero by which signal."""
        running = {name: server._process for name, server in self.servers.items()}
        ends = {name: process.poll() for name, process in running.items() if process is not None}
        return {name: end for name, end in ends.items() if end is not None}

    def kill(self, names: Sequence[str]) -> None:
        """Kill some of the processes, with what they started, at one moment."""
        started = [pid for name in names for pid in _children(self.servers[name])]
        for name in names:
            self.servers[name].kill()
        for pid in started:  # they would end by themselves soon, but not at once
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(_lives, started)), what="the end of what was killed")

    def start(self, names: Sequence[str]) -> None:
        """Start what was killed, the database first."""
        for name, server in self.servers.items():
            if name in names:
                server.start()


def wallet_processes(folder: Path, ledger_url: str, *, is_relay_beside: bool) -> dict[str, Server]:
    """Return the wallet, and its relay where that is a process of its own, ready to be started."""
    (folder / "providers.yaml").write_text(_PROVIDERS % _SECRET)
    made = {"wallet": _server(folder, "wallet", ledger_url, ["--no-relay"] * is_relay_beside)}
    if is_relay_beside:
        made["relay"] = _server(folder, "relay", ledger_url, [])
    return made


def _server(folder: Path, name: str, ledger_url: str, options: list[str]) -> Server:
    own, port = folder / name, free_port()
    own.mkdir()
    environment = {
        "PYTHONPATH": str(ROOT), "EVENHAND_HOME": str(folder), "EVENHAND_LEDGER": ledger_url,
        "EVENHAND_LOG": f"sqlite:///{folder / 'log.sqlite'}", _SECRET: SECRETS[_SECRET],
    }  # fmt: skip
    program = [sys.executable, "-m", "pipelines", "wallet", "run", "--port", str(port)]
    program += ["--providers", str(folder / "providers.yaml"), *options]
    known = [f"{key}={value}" for key, value in environment.items()]
    return Server(["env", *known, *program], own, port, lambda: _answers(port))


def _answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _children(server: Server) -> list[int]:
    """Return the processes a server has started, where Linux tells."""
    process = server._process
    told = Path(f"/proc/{process.pid}/task/{process.pid}/children") if process else None
    return [int(pid) for pid in told.read_text().split()] if told and told.exists() else []


def _lives(pid: int) -> bool:
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())  # that of a zombie is empty
    except (FileNotFoundError, ProcessLookupError):
        return False
