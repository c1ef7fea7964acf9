"""How long one player's features at the instant of the question take, beside a bare GET.

A small operator is simulated, landed and folded into states, which are written to a Redis started
for the purpose and to a SQLite file. Reads of random players alternate, so that whatever else the
machine does falls on all of them alike. `windows` are all views without shared identities,
`all views` count who shares a device, an address or an instrument too (a second round trip). Every
read is `OnlineReader.read` of one player: bytes, windows, ttl, matrix. A bare GET only fetches the
bytes, through the client library or through our own wire.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.tables import markdown
from core.clock import FixedClock
from core.errors import NotReadyError
from core.settings import Settings
from features.online import OnlineReader
from features.redis_wire import RedisWire
from features.registry import all_views
from features.snapshots import serving_instant
from features.sources import open_warehouse
from features.spec import SharedIdentityView
from features.state.engine import Engine
from features.state.facts import batches_of_warehouse
from features.state.layout import layout_of
from features.state_store import Heartbeat, State, StateStore, Tie, open_states
from features.store import apply
from pipelines.landing.adapter import adapter_named
from pipelines.landing.land import Sources, land
from pipelines.simulation.operator import simulate
from pipelines.simulation.plan import Plan

BAR_US = 120.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Read = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class World:
    """States of an operator's players, and the instant they are asked about."""

    settings: Settings
    states: Sequence[State]
    ties: Sequence[Tie]
    now: datetime


def main() -> None:
    """Print the reads' times and what a write of all states costs the client."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--reads", type=int, default=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
        world = made(Path(folder) / "home", options.players, options.days)
        sizes = np.array([len(blob) for _, blob in world.states])
        told = f"mean {sizes.mean():,.0f} B, p99 {np.percentile(sizes, 99):,.0f} B"
        load = f"load average {os.getloadavg()[0]:.1f}"
        print(f"{len(sizes):,} states, {told}, {len(all_views())} views; {load}\n")
        print(writes_table(url))
        print(reads_table(timed(reads_of(world, url), world, options.reads)))


def made(home: Path, players: int, days: int) -> World:
    """Simulate, land and fold an operator."""
    settings = Settings(home, home / "mlruns")
    simulate(Plan(players, days, 7, settings.raw, settings.truth))
    land(Sources((settings.raw,), adapter_named("contract_parquet")), settings)
    views = [view.name for view in all_views()]
    shared = {view.name for view in all_views() if isinstance(view, SharedIdentityView)}
    apply(settings, {"every": views, "windows": [name for name in views if name not in shared]})
    engine = Engine(layout_of(all_views()))
    known: dict[str, None] = {}
    with open_warehouse(settings.warehouse) as connection:
        for batch in batches_of_warehouse(engine.layout, connection):
            known |= dict.fromkeys(engine.update(batch))
        ties = [
            (view.name, *row)
            for view in all_views()
            if isinstance(view, SharedIdentityView)
            for fact, column in view.links
            for row in connection.execute(
                f"SELECT {column}, player_id, epoch_us(min(recorded_at)) FROM {fact} "
                f"WHERE {column} IS NOT NULL GROUP BY ALL"
            ).fetchall()
        ]
    states = list(zip(known, engine.pack(list(known)), strict=True))
    return World(settings, states, ties, serving_instant(settings) + timedelta(minutes=5))


def writes_table(url: str) -> str:
    """Return how many states a second of the client's CPU are written if newer."""
    store, sizes, rows = open_states(url), (500, 2_000), []
    for size in sizes:
        body = os.urandom(size - 12)
        began, count = time.process_time(), 0
        for offset in range(1, 21):
            stamp = offset.to_bytes(12, "big")
            batch = [(f"p{number}", stamp + body) for number in range(2_000)]
            count += store.write(f"speed{size}", batch)
        rows.append([f"{size} B", f"{count / (time.process_time() - began):,.0f}"])
        store.drop(f"speed{size}")
    return markdown(["written to Redis if newer", "states per client CPU second"], rows) + "\n"


def reads_of(world: World, url: str) -> Mapping[str, Read]:
    """Return the ways to read one player, by name; states are written to both stores."""
    import redis

    bare, wire = redis.Redis.from_url(url), RedisWire(url)
    head = f"evenhand:s:{layout_of(all_views()).generation}:"
    reads: dict[str, Read] = {
        "bare GET": lambda player: bare.get(head + player),
        "bare GET, our wire": lambda player: wire.ask([("GET", head + player)]),
    }
    for name, where in (("Redis", url), ("SQLite", world.settings.online_store)):
        settings = replace(world.settings, online_store=where)
        fill(open_states(settings.states), world)
        for label, service in (("windows", "windows"), ("all views", "every")):
            reads[f"{name}, {label}"] = read_one(settings, service, world.now)
    return reads


def read_one(settings: Settings, service: str, now: datetime) -> Read:
    """Return a function that reads one player's features."""
    reader = OnlineReader(settings, service, FixedClock(now))
    return lambda player: reader.read((player,))


def fill(store: StateStore, world: World) -> None:
    """Write the states and let them answer."""
    generation, now_us = layout_of(all_views()).generation, _us(world.now)
    store.write(generation, world.states)
    store.add_links(generation, world.ties)
    store.beat(generation, [Heartbeat(0, 1, now_us, now_us)])
    store.switch(generation)


def timed(reads: Mapping[str, Read], world: World, count: int) -> dict[str, np.ndarray]:
    """Return the microseconds of each read; ways alternate, on the same players."""
    chance = random.Random(1)  # noqa: S311 - no secret
    players = [player for player, _ in world.states]
    took: dict[str, list[float]] = {name: [] for name in reads}
    for number in range(count + 200):
        player = chance.choice(players)
        for name, read in reads.items():
            began = time.perf_counter()
            read(player)
            if number >= 200:  # what is made once is made by now
                took[name].append((time.perf_counter() - began) * 1e6)
    return {name: np.array(each) for name, each in took.items()}


def reads_table(took: Mapping[str, np.ndarray]) -> str:
    """Return the reads' times, and their ratio to the bare GET."""
    floor = np.percentile(took["bare GET"], 50)
    rows = [
        [name, f"{p50:.0f}", f"{np.percentile(each, 99):.0f}", f"{p50 / floor:.2f}"]
        for name, each in took.items()
        for p50 in (np.percentile(each, 50),)
    ]
    windows = np.percentile(took["Redis, windows"], 50)
    verdict = "met" if windows <= BAR_US else "NOT met"
    table = markdown(["one player", "p50 µs", "p99 µs", "p50 / bare GET"], rows)
    return f"{table}\n\nbar {BAR_US:.0f} µs for windows from Redis, p50: {verdict}"


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Start a Redis of our own on loopback; it ends with the benchmark.

    Raises:
        NotReadyError: there is no redis-server, or it does not answer.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise NotReadyError("redis-server is not installed", hint="apt-get install redis-server")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([program, *options], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise NotReadyError("redis-server did not answer within 10 s")


def _us(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


if __name__ == "__main__":
    main()
