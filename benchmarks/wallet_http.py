"""Durable bets a second through the wallet over HTTP, beside what pgbench does without it.

Wallet processes are the ones `evenhand wallet run` starts, on PostgreSQL with `fsync` on, speaking
OneWallet; the relay stands still. The crowd is one process with kept connections that sends ready
bytes and reads statuses. `pgbench` calls a SQL function with the least a debit may do, and one that
is the ledger's own SQL for a whole bet, one a transaction. The ways take turns; a ratio is the
median of the ratios of each round. Latency is taken at half the rate. All of it is measured twice:
on this machine's disc, and on one as slow as where the bar was set.
"""

from __future__ import annotations

import argparse
import os
import random
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.ledger_bare import Bench, flush_us, make_bare
from benchmarks.ledger_sql import make_ledger_bets
from benchmarks.ledger_world import durable_postgres, open_wallets
from benchmarks.slow_disc import again_on_a_slow_disc, is_slow
from benchmarks.tables import markdown
from core.ledger.ledger import Ledger
from core.ledger.migrate import migrate
from core.ledger.postgres_backend import PostgresBackend
from core.wallet.launching import Launch, launch_game
from core.wallet.sessions import Session
from tests.services.server import free_port, wait_until

TOKEN = "a-token-of-the-benchmark"  # noqa: S105 - nobody else's
PROVIDERS = """
providers:
  studio: {adapter: onewallet, secrets: {auth_token: {env: STUDIO_TOKEN}}}
"""


@dataclass(slots=True)
class Crowd:
    """Kept connections to wallets, each with one bet on its way at a time."""

    ports: Sequence[int]
    players: int
    connections: int
    number: int = 0
    waited_ms: list[float] = field(default_factory=list)

    def turn(self, seconds: float, rate: float = 0.0) -> float:
        """Bet for so long, as fast as answered or at a rate; return bets kept a second."""
        drawn = random.Random(self.number)  # noqa: S311 - no secret
        self.waited_ms.clear()
        with selectors.DefaultSelector() as ready:
            lines = [_Line(self.ports[n % len(self.ports)]) for n in range(self.connections)]
            for line in lines:
                ready.register(line.socket, selectors.EVENT_READ, line)
            idle, sent, kept = list(lines), 0, 0
            start = time.perf_counter()
            while (now := time.perf_counter()) - start < seconds:
                while idle and (not rate or sent < (now - start) * rate):
                    idle.pop().send(self._bet(drawn), now)
                    sent += 1
                for key, _ in ready.select(0.001):
                    told: _Line = key.data
                    if told.is_answered():
                        kept += told.is_ok
                        self.waited_ms.append((time.perf_counter() - told.sent) * 1e3)
                        idle.append(told)
            for line in lines:
                line.socket.close()
        return kept / seconds

    def waits(self) -> tuple[float, float]:
        """Return the median and the 99th percentile of what the last turn waited, in ms."""
        waited = sorted(self.waited_ms)
        return waited[len(waited) // 2], waited[len(waited) * 99 // 100]

    def _bet(self, drawn: random.Random) -> bytes:
        self.number += 1
        name = f"{self.ports[0]}-{self.number}"
        player = drawn.randint(1, self.players)
        body = (
            f'{{"sid":"sid-{player}","userId":"p{player}","currency":"EUR","uuid":"{name}",'
            f'"game":{{"id":"r{name}","type":"roulette"}},'
            f'"transaction":{{"id":"{name}","refId":"{name}","amount":1.00}}}}'
        ).encode()
        head = f"POST /studio/debit?authToken={TOKEN} HTTP/1.1\r\nHost: wallet\r\n"
        return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


class _Line:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent, self.is_ok, self._got = 0.0, False, b""

    def send(self, request: bytes, now: float) -> None:
        self.sent, self._got = now, b""
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        self._got += self.socket.recv(65_536)
        self.is_ok = b'"status":"OK"' in self._got
        return self._got.endswith(b"}")


def main() -> None:
    """Print bets a second and what they wait, on both discs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--players", type=int, default=2_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    with ExitStack() as stack:
        ours = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wallet-")))
        url = stack.enter_context(durable_postgres(stack))
        make_bare(url, asked.players)
        migrate(url)
        _prepare(url, asked.players)
        make_ledger_bets(url)
        bench = Bench(url, ours, asked.players, 32)
        (ours / "providers.yaml").write_text(PROVIDERS)
        rows = []
        for processes in asked.processes:
            ports = [free_port() for _ in range(processes)]
            with ExitStack() as running:
                for port in ports:
                    running.enter_context(_wallet(url, port, ours))
                rows.append(_measured(Crowd(ports, asked.players, asked.connections), bench, asked))
        disc = f"`fdatasync` of 8 KiB takes {flush_us(ours / 'page'):,.0f} us"
    header = [
        "wallet processes", "bets/s", "bare debits/s", "ratio", "the ledger's SQL/s", "ratio",
        "p50 ms at half", "p99 ms",
    ]  # fmt: skip
    whose = "made as slow as where the bar was set" if is_slow() else "this machine's"
    print(f"The disc is {whose}: {disc}.\n\n{markdown(header, rows)}")
    print(f"\nBar: half the bare debits; load average {os.getloadavg()[0]:.1f} at the end.")
    if not is_slow():
        print(f"\n{again_on_a_slow_disc('benchmarks.wallet_http')}")


def _measured(crowd: Crowd, bench: Bench, asked: argparse.Namespace) -> list[str]:
    crowd.turn(2.0)
    rounds = [
        (crowd.turn(asked.seconds), *(bench.per_second(f, asked.seconds) for f in ("debit", "bet")))
        for _ in range(asked.rounds)
    ]
    ours, bare, sql = (statistics.median(column) for column in zip(*rounds, strict=True))
    crowd.turn(asked.seconds, rate=ours / 2)
    half, most = crowd.waits()
    of_bare = statistics.median(one / other for one, other, _ in rounds)
    of_sql = statistics.median(one / other for one, _, other in rounds)
    return [
        str(len(crowd.ports)), f"{ours:,.0f}", f"{bare:,.0f}", f"{of_bare:.2f}", f"{sql:,.0f}",
        f"{of_sql:.2f}", f"{half:.1f}", f"{most:.1f}",
    ]  # fmt: skip


def _prepare(url: str, players: int) -> None:
    backend = PostgresBackend(url, connections=4)
    open_wallets(backend, players)
    ledger = Ledger(backend)
    for number in range(1, players + 1):
        session = Session("studio", f"sid-{number}")
        launch_game(ledger, session, Launch(f"p{number}", "EUR", "roulette", 1))
    backend.close()


@contextmanager
def _wallet(url: str, port: int, folder: Path) -> Iterator[None]:
    environment = {**os.environ, "STUDIO_TOKEN": TOKEN, "EVENHAND_LEDGER": url}
    options = ["--no-relay", "--port", str(port), "--providers", str(folder / "providers.yaml")]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines", "wallet", "run", *options], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: _answers(port), 60, "the wallet")
        yield
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
