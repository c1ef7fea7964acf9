"""Latency of one scored player: the service against a handler written by hand, over HTTP.

Both are started here, on the home of EVENHAND_HOME (features materialized, rg state built,
champions promoted), asked in turns by one caller over kept connections, and ended. `--calls`,
`--runs`, `--held` (requests after which the memory is looked at again).
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks.http_servers import Server, get, started
from benchmarks.scoring_floor import STORE, write_store
from benchmarks.tables import markdown
from core.errors import NotReadyError
from core.settings import settings_from
from features.sources import open_warehouse

PLAYERS = 500
WARM = 100
Call = Callable[[str], None]


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
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        store = Path(folder) / "floor.sqlite"
        write_store(settings_from(), players, store)
        digest = hashlib.sha256(key.encode()).hexdigest()
        environment = {
            **os.environ, STORE: store.as_posix(), "OMP_NUM_THREADS": "1",
            "EVENHAND_API_KEYS": f"risk:{digest}", "BENTOML_HOME": f"{folder}/bentoml",
        }  # fmt: skip
        floor = ("uvicorn", "benchmarks.scoring_floor:app", "--log-level", "error")
        yield (
            stack.enter_context(started(floor, f"/{players[0]}", environment)),
            stack.enter_context(started(("serving",), "/readyz", environment)),
        )


def _call(server: Server, path: str, key: str) -> Call:
    """Return a call over one kept connection; anything but 200 ends the benchmark."""
    connection = server.connect()

    def call(player_id: str) -> None:
        status, _ = get(connection, path.format(player_id), key)
        if status != http.client.OK:
            raise NotReadyError(f"{path} answered {status}", expected="200")

    return call
