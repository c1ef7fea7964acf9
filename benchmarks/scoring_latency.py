"""Latency of one scored player: the service against a handler written by hand, over HTTP.

Both are started here, on the home of EVENHAND_HOME (features materialized, rg state built,
champions promoted), asked in turns by one caller over kept connections, and ended. `--calls`,
`--runs`, `--held` (requests after which the memory is looked at again).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks.scoring_floor import STORE, write_store
from benchmarks.tables import markdown
from core.errors import NotReadyError
from core.settings import settings_from
from features.sources import open_warehouse

PLAYERS = 500
READY_S = 120
WARM = 100
Call = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Server:
    """A started server and the port it answers at."""

    process: subprocess.Popen[bytes]
    port: int

    def pids(self) -> list[int]:
        """Return the process and its children."""
        root = self.process.pid
        children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
        return [root, *map(int, children)]

    def resident_mb(self) -> float:
        """Return the memory held by all its processes."""
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids())
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu_s(self) -> float:
        """Return the processor time used by all its processes."""
        fields = (
            Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split() for p in self.pids()
        )
        return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scoring_latency --")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--held", type=int, default=20_000)
    asked = parser.parse_args()
    players, key = _players(), secrets.token_urlsafe(16)
    with both(players, key) as (floor, ours):
        calls = {
            "floor": _call(floor, "/{}", key),
            "scores": _call(ours, "/v1/players/{}/scores", key),
            "scores with reasons": _call(ours, "/v1/players/{}/scores?explain=true", key),
        }
        runs = [alternated(calls, players, asked.calls) for _ in range(asked.runs)]
        print(_table(runs))
        print(f"\n{asked.runs} runs of {asked.calls} calls each in turns; medians of the runs.")
        print(_costs({"floor": floor, "scores": ours, "scores with reasons": ours}, calls, players))
        print(_held(ours, calls["scores"], players, asked.held))
    print(f"Load of the machine at the end: {os.getloadavg()[0]:.1f}.")


def alternated(
    calls: Mapping[str, Call], players: list[str], count: int
) -> dict[str, tuple[float, float]]:
    """Call each in turn, `count` times; return p50 and p99 in milliseconds."""
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for number, player_id in enumerate(islice(cycle(players), WARM + count)):
        for name, call in calls.items():
            began = time.perf_counter()
            call(player_id)
            if number >= WARM:
                spent[name].append((time.perf_counter() - began) * 1000)
    return {n: (float(np.percentile(s, 50)), float(np.percentile(s, 99))) for n, s in spent.items()}


def _table(runs: list[dict[str, tuple[float, float]]]) -> str:
    rows = []
    for name in runs[0]:
        p50, p99 = np.median([run[name] for run in runs], axis=0)
        half, most = np.median([np.divide(run[name], run["floor"]) for run in runs], axis=0)
        rows.append([name, f"{p50:.2f}", f"{p99:.2f}", f"{half:.1f}", f"{most:.1f}"])
    header = ("", "p50 ms", "p99 ms", "p50 / floor's", "p99 / floor's")
    return markdown(header, rows)


def _costs(servers: Mapping[str, Server], calls: Mapping[str, Call], players: list[str]) -> str:
    told = []
    for name, server in servers.items():
        before = server.cpu_s()
        for player_id in islice(cycle(players), 1000):
            calls[name](player_id)
        told.append(f"{name} {server.cpu_s() - before:.2f}")
    return f"Processor milliseconds a request in the server: {', '.join(told)}."


def _held(ours: Server, call: Call, players: list[str], count: int) -> str:
    before = ours.resident_mb()
    for player_id in islice(cycle(players), count):
        call(player_id)
    after = ours.resident_mb()
    return f"Memory before and after {count:,} more requests: {before:.0f} MB, {after:.0f} MB."


def _players() -> list[str]:
    query = "SELECT player_id FROM bet_placed GROUP BY 1 ORDER BY max(recorded_at) DESC, 1 LIMIT ?"
    with open_warehouse(settings_from().warehouse) as warehouse:
        found = [p for (p,) in warehouse.execute(query, [PLAYERS]).fetchall()]
    if not found:
        raise NotReadyError("no players", expected="a landed home", hint="run `evenhand demo`")
    return found


@contextmanager
def both(players: list[str], key: str) -> Iterator[tuple[Server, Server]]:
    """Start the floor and the service, wait until they answer, end them."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as started:
        store = Path(folder) / "floor.sqlite"
        write_store(settings_from(), players, store)
        digest = hashlib.sha256(key.encode()).hexdigest()
        environment = {
            **os.environ, STORE: store.as_posix(), "OMP_NUM_THREADS": "1",
            "EVENHAND_API_KEYS": f"risk:{digest}", "BENTOML_HOME": f"{folder}/bentoml",
        }  # fmt: skip
        floor = ("uvicorn", "benchmarks.scoring_floor:app", "--log-level", "error")
        yield (
            started.enter_context(_started(floor, f"/{players[0]}", environment)),
            started.enter_context(_started(("serving",), "/readyz", environment)),
        )


@contextmanager
def _started(
    module: tuple[str, ...], path: str, environment: Mapping[str, str]
) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", *module, "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(process, port, path)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if _get(http.client.HTTPConnection("127.0.0.1", port, timeout=20), path) == 200:
                return
        time.sleep(0.2)
    raise NotReadyError(f"no answer at port {port}", expected=f"200 from {path}")


def _call(server: Server, path: str, key: str) -> Call:
    """Return a call over one kept connection; anything but 200 ends the benchmark."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)

    def call(player_id: str) -> None:
        try:
            status = _get(connection, path.format(player_id), key)
        except http.client.RemoteDisconnected:  # it stood idle too long and was closed
            status = _get(connection, path.format(player_id), key)
        if status != http.client.OK:
            raise NotReadyError(f"{path} answered {status}", expected="200")

    return call


def _get(connection: http.client.HTTPConnection, path: str, key: str = "") -> int:
    connection.request("GET", path, headers={"X-API-Key": key})
    response = connection.getresponse()
    response.read()
    return response.status
