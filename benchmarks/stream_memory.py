"""Memory a player takes in the engine after compaction and in the store, at 1 M players.

All views. The facts of one player in 25 are folded in, 45 days of them; each resulting state
is then held under 25 players' names: a state's size depends on its facts alone. The engine's
memory is what it says it holds, and by how much its process grew, in a process of its own. The
store's is the packed states, and what a Redis says it uses with them. A last column has the
reference measures (16 measures, 5 windows and the whole life), the sizes of which the bars are.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.stream_facts import Stream, cut, facts_of
from benchmarks.stream_servers import redis
from benchmarks.stream_views import REFERENCE
from benchmarks.tables import markdown
from features.registry import all_views
from features.state.engine import Engine
from features.state.layout import StateLayout, layout_of
from features.state_store import open_states

DAYS = 45.0
CHUNK = 10_000  # players folded in at a time
NAMES = 25  # a state is held under
ENGINE_BAR, STORE_BAR = 2_000, 1_100  # bytes
LEVELS = (("all views", 67), ("all views", 300), ("reference", 67), ("reference", 300))


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes a player."""

    facts: float
    held: float
    grown: float
    packed: np.ndarray
    in_redis: float


def main() -> None:
    """Print bytes a player at each level of activity."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=1_000_000)
    options = parser.parse_args()
    found = {
        f"{name}, {facts} facts": sizes(name, facts, options.players) for name, facts in LEVELS
    }
    rows = [
        ["facts a player", *(f"{s.facts:.0f}" for s in found.values())],
        ["engine, as it says", *(f"{s.held:,.0f}" for s in found.values())],
        ["engine, growth of the process", *(f"{s.grown:,.0f}" for s in found.values())],
        ["packed, mean", *(f"{s.packed.mean():,.0f}" for s in found.values())],
        *(
            [f"packed, p{q}", *(f"{np.percentile(s.packed, q):,.0f}" for s in found.values())]
            for q in (50, 99)
        ),
        ["Redis, used memory", *(f"{s.in_redis:,.0f}" for s in found.values())],
    ]
    print(markdown(["bytes a player", *found], rows))
    print(f"\n{options.players:,} players, {len(all_views())} views")
    for name, s in found.items():
        engine, store = s.grown <= ENGINE_BAR, s.packed.mean() <= STORE_BAR
        print(f"\n{name}: engine bar {ENGINE_BAR:,} {_said(engine)}, "
              f"store bar {STORE_BAR:,} on the mean {_said(store)}")  # fmt: skip


def _said(is_met: bool) -> str:  # noqa: FBT001
    return "met" if is_met else "NOT met"


def sizes(name: str, facts: int, players: int) -> Sizes:
    """Measure one set of views at one level of activity."""
    blobs = list(packed_states(_layout(name), facts, players // NAMES))
    lengths = np.array([len(blob) for blob in blobs])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "states"
        np.savez(path.with_suffix(".npz"), ends=np.cumsum(lengths),
                 bytes=np.frombuffer(b"".join(blobs), dtype=np.uint8))  # fmt: skip
        code = "import sys; from benchmarks.stream_memory import hold; hold(sys.argv[1:])"
        given = [sys.executable, "-c", code, str(path.with_suffix(".npz")), name]
        told = json.loads(subprocess.run(given, stdout=subprocess.PIPE, check=True).stdout)
        with redis(Path(folder) / "redis") as address:
            in_redis = stored(address, _layout(name).generation, blobs)
    count = len(blobs) * NAMES
    return Sizes(facts, told["held"] / count, told["grown"] / count, lengths, in_redis / count)


def _layout(name: str) -> StateLayout:
    return layout_of(all_views() if name == "all views" else REFERENCE)


def packed_states(layout: StateLayout, facts: int, players: int) -> Iterator[bytes]:
    """Yield the states of players after 45 days, some players at a time."""
    for first in range(0, players, CHUNK):
        engine = Engine(layout)
        stream = Stream(facts * CHUNK, CHUNK, DAYS, first=first, seed=first)
        touched: dict[str, None] = {}
        for part in cut(facts_of(layout, stream), 50_000):
            touched |= dict.fromkeys(engine.update(part))
        yield from engine.pack(list(touched))


def hold(given: Sequence[str]) -> None:
    """Hold states under 25 names each; print what the engine says, and how the process grew."""
    stored = np.load(given[0])
    data, ends = stored["bytes"].tobytes(), [0, *stored["ends"].tolist()]
    engine = Engine(_layout(given[1]))
    engine.load(["warm"], [data[: ends[1]]])
    engine.compact()
    before = _resident()
    for copy in range(NAMES):
        for first in range(0, len(ends) - 1, CHUNK):
            places = range(first, min(first + CHUNK, len(ends) - 1))
            names = [f"{copy:02d}{place:010x}" for place in places]
            engine.load(names, [data[ends[place] : ends[place + 1]] for place in places])
            engine.compact()
    print(json.dumps({"held": engine.bytes_held, "grown": _resident() - before}))


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def stored(address: str, generation: str, blobs: Sequence[bytes]) -> int:
    """Write the states under 25 names each; return the bytes Redis uses for them."""
    from redis import Redis

    store, server = open_states(address), Redis.from_url(address)
    before = int(server.info("memory")["used_memory"])
    for copy in range(NAMES):
        for first in range(0, len(blobs), CHUNK):
            part = blobs[first : first + CHUNK]
            store.write(
                generation, [(f"{copy:02d}{first + n:010x}", b) for n, b in enumerate(part)]
            )
    used = int(server.info("memory")["used_memory"]) - before
    server.close()
    store.close()
    return used
