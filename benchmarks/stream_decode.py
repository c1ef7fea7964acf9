"""What reading one event from the log costs, to integers in columns, and telling it from repeats.

Run: `python -m benchmarks.stream_decode`. The events are a simulated operator's, in the order they
became known. In each round every way reads the same batches, one after the other; the figure is the
least CPU time a round took, per event, on one core.

    decoder        BatchDecoder: checked, ids, instants, amounts and texts as integers
    codec          core.events.codec.decode, event by event, and nothing of what comes after
    memory of ids  Memory.judge on what the decoder gave
"""

from __future__ import annotations

import argparse
import collections
import gc
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.simulate_speed import hold_to_one_core
from benchmarks.tables import markdown
from core.events.codec import decode, encode
from features.registry import all_views
from features.state.layout import layout_of
from pipelines.simulation.operator import simulate
from pipelines.simulation.plan import Plan
from pipelines.stream.decoding import BatchDecoder
from pipelines.stream.decoding_batch import Places
from pipelines.stream.dedupe import Memory
from pipelines.stream.recorded_facts import RecordedFacts, facts_of_folder

NOW_US = 4_000_000_000_000_000
REACH_US = 86_400_000_000
BAR_NS, MEMORY_BAR_NS = 1_200, 300


@dataclass(frozen=True, slots=True)
class Lines:
    """Messages in batches of one size, and their mean length in bytes."""

    batches: list[list[bytes]]
    count: int
    mean: float


def main() -> None:
    """Print nanoseconds per event of every way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=300)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--batch", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    hold_to_one_core()
    lines = simulated_lines(options.players, options.days, options.batch)
    print(f"{lines.count:,} events of {lines.mean:.0f} bytes, {options.batch:,} a batch, "
          f"least of {options.rounds} rounds, load average {os.getloadavg()[0]:.1f}\n")  # fmt: skip
    figures = least_ns(lines, options.rounds)
    rows = [[name, f"{ns:,.0f}", f"{1e9 / ns:,.0f}"] for name, ns in figures.items()]
    print(markdown(["way", "ns an event", "events/cpu-s"], rows))
    bars = (("decoder", BAR_NS), ("memory of ids", MEMORY_BAR_NS))
    for name, bar in bars:
        print(f"\n{name}: bar {bar:,} ns, {'met' if figures[name] <= bar else 'NOT met'}")


def simulated_lines(players: int, days: int, batch: int) -> Lines:
    """Return a simulated operator's events as lines, in the order they became known."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        raw = Path(folder) / "raw"
        simulate(Plan(players, days, 7, raw, Path(folder) / "truth"))
        recorded = RecordedFacts(connection, facts_of_folder(raw))
        lines = [encode(e) for month, _ in recorded.months() for e in recorded.of_month(month)]
    batches = [lines[start : start + batch] for start in range(0, len(lines), batch)]
    return Lines(batches, len(lines), sum(map(len, lines)) / len(lines))


def least_ns(lines: Lines, rounds: int) -> dict[str, float]:
    """Return, by way, the least CPU nanoseconds per event of all rounds."""
    ways = _ways(lines)
    gc.collect()
    gc.freeze()  # as the worker does: what was there before the stream is not looked at again
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.process_time_ns()
            way()
            least[name] = min(least[name], time.process_time_ns() - began)
    return {name: ns / lines.count for name, ns in least.items()}


def _ways(lines: Lines) -> dict[str, Callable[[], None]]:
    decoder = BatchDecoder(layout_of(all_views()))
    pairs = [(batch, _places(len(batch))) for batch in lines.batches]
    read = [decoder.decode(batch, places).facts for batch, places in pairs]

    def with_decoder() -> None:
        for batch, places in pairs:
            decoder.decode(batch, places)

    def with_memory() -> None:
        memory = Memory(REACH_US)
        for facts in read:
            memory.judge(facts.recorded, facts.id_high, facts.id_low)

    return {
        "decoder": with_decoder,
        "memory of ids": with_memory,
        "codec": lambda: _each(lines, decode),
    }


def _each(lines: Lines, reader: Callable[[bytes], object]) -> None:
    for batch in lines.batches:
        collections.deque(map(reader, batch), maxlen=0)


def _places(count: int) -> Places:
    appended = np.full(count, NOW_US, dtype=np.int64)
    return Places(np.zeros(count, dtype=np.int32), np.arange(count, dtype=np.int64), appended)


if __name__ == "__main__":
    main()
