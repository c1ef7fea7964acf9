"""State update alone: our engine, dictionaries, Quix Streams, on the same facts in one run.

All ways keep the same columns of the same facts, and turn by turn take the same facts: round r of
each is the r-th part of one stream, so whatever else the machine does falls on all alike. Figures
are medians over rounds, in processor seconds. The dictionaries get facts as tuples made beforehand;
the engine as arrays, as the decoder makes them.

Our engine folds a fact into one narrow tile and merges tiles later. Two sorts of dictionaries stand
beside it, and both ratios are given. "A tile per hop" folds a fact into a tile of every width, so a
window is read off few tiles. "Narrow" does what the engine does at first, one tile a fact, and
never merges: less work than the engine's. Values are compared with the narrow ones, the tiles of
the others' finest width with theirs.

Quix Streams needs an environment of its own: `python -m venv quix && quix/bin/pip install
quixstreams`, then EVENHAND_QUIX_PYTHON=quix/bin/python. It reads the same facts from a Kafka of
this run and folds them into the same dictionaries, held by its process: that is kinder to it than
its own stores. Its figure holds reading and parsing them, the engine's does not: what it takes to
read them and do nothing stands beside it, to be subtracted.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.stream_dictionaries import Dictionaries, Event
from benchmarks.stream_facts import T0_US, Stream, cut, facts_of
from benchmarks.stream_plan import measured, plan_of
from benchmarks.stream_servers import kafka
from benchmarks.stream_views import REFERENCE
from benchmarks.tables import markdown
from core.log.event_log import Entry
from core.log.open_log import open_log
from features.registry import all_views
from features.spec import View
from features.state.engine import Engine
from features.state.facts import FactBatch
from features.state.layout import StateLayout, layout_of

SIZES = (1_000, 5_000)
DICTIONARIES, QUIX = 8.0, 20.0  # the bars: times as fast
COMPARED = 200
QUIX_FACTS = 60_000
RATIOS = ("times those per hop", "times those narrow")
EVERY_HOP = "dictionaries, a tile per hop"
NARROW = "dictionaries, narrow tiles never merged"
Took = dict[str, list[float]]


def main() -> None:
    """Print microseconds per fact and the ratios, for both measure sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=600_000)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    python = os.environ.get("EVENHAND_QUIX_PYTHON", "")
    sets: Mapping[str, tuple[View, ...]] = {"all views": all_views(), "reference": REFERENCE}
    rows = []
    gc.disable()  # a look through all dictionaries would fall to whoever is at work just then
    for name, views in sets.items():
        layout = layout_of(views)
        batch = facts_of(layout, Stream(options.facts, 60_000, days=options.facts / 110_000))
        took = timed(layout, batch, options.rounds)
        rows += [[f"{name}: {way}", *figures] for way, figures in _figures(took)]
        if python:
            rows += [[f"{name}: {way}", *cells] for way, cells in quix(python, layout, batch, took)]
    print(markdown(["state update", "µs a fact", "facts per cpu-s", *RATIOS], rows))
    told = "" if python else "; Quix Streams not run: EVENHAND_QUIX_PYTHON is not set"
    print(
        f"\nbars: {DICTIONARIES:.0f} x dictionaries, {QUIX:.0f} x Quix Streams{told}; "
        f"load average {os.getloadavg()[0]:.1f}"
    )


def timed(layout: StateLayout, batch: FactBatch, rounds: int) -> Took:
    """Return microseconds a fact, per way and round; the first round warms up and is left out."""
    engines = {size: Engine(layout) for size in SIZES}
    plain, wide = Dictionaries(plan_of(layout)), Dictionaries(plan_of(layout, every_hop=True))
    took: Took = {}
    for number, part in enumerate(cut(batch, len(batch) // rounds)):
        pieces = {size: cut(part, size) for size in SIZES}
        events = events_of(part)
        ways: dict[str, Callable[[], None]] = {
            f"engine, batches of {size:,}": _updates(engines[size], pieces[size]) for size in SIZES
        }
        ways[EVERY_HOP] = _adds(wide, part.player, events)
        ways[NARROW] = _adds(plain, part.player, events)
        for way, run in ways.items():
            began = time.process_time()
            run()
            if number:
                spent = (time.process_time() - began) / len(part) * 1e6
                took.setdefault(way, []).append(spent)
    for engine in engines.values():
        compare(engine, plain, int(batch.recorded.max()))
    for player, tiles in wide.tiles.items():
        finest = {key: row for key, row in tiles.items() if key[0] % 100 == 0}
        if finest != plain.tiles[player]:
            raise SystemExit(f"the dictionaries of {player} differ")
    return took


def events_of(part: FactBatch) -> list[Event]:
    """Return facts one by one, as plain Python numbers."""
    columns = (part.fact, part.occurred, part.id_high, part.id_low, part.cells)
    return list(map(Event, *(column.tolist() for column in columns)))


def _updates(engine: Engine, pieces: Sequence[FactBatch]) -> Callable[[], None]:
    def run() -> None:
        for piece in pieces:
            engine.update(piece)

    return run


def _adds(
    plain: Dictionaries, players: Sequence[str], events: Sequence[Event]
) -> Callable[[], None]:
    def run() -> None:
        add = plain.add
        for player, event in zip(players, events, strict=True):
            add(player, event)

    return run


def compare(engine: Engine, plain: Dictionaries, now_us: int) -> None:
    """Check that both hold the same: every plain fold of some players, the busiest among them.

    Raises:
        SystemExit: they differ.
    """
    busiest = sorted(plain.tiles, key=lambda player: -len(plain.tiles[player]))
    players = busiest[:20] + busiest[:: max(1, len(busiest) // COMPARED)]
    names = list(measured(engine.layout, {}, now_us))
    values = engine.values(players, now_us, names)
    for place, player in enumerate(players):
        expected = measured(engine.layout, plain.tiles[player], now_us)
        got = dict(zip(names, values.row(place), strict=True))
        wrong = {n: (got[n], expected[n]) for n in names if got[n] != expected[n]}
        if wrong:
            raise SystemExit(f"the states of {player} differ: {wrong}")


def _figures(took: Took) -> list[tuple[str, list[str]]]:
    return [
        (way, _cells(us, took)) for way, each in took.items() for us in (float(np.median(each)),)
    ]


def _cells(us: float, took: Took) -> list[str]:
    bases = [float(np.median(took[way])) for way in (EVERY_HOP, NARROW)]
    return [f"{us:.2f}", f"{1e6 / us:,.0f}", *(f"{base / us:.2f}" for base in bases)]


def quix(
    python: str, layout: StateLayout, batch: FactBatch, took: Took
) -> Iterator[tuple[str, list[str]]]:
    """Yield what Quix Streams takes for the same facts, from a Kafka of our own."""
    with tempfile.TemporaryDirectory() as name, kafka(Path(name) / "kafka") as broker:
        plan = Path(name) / "plan.json"
        plan.write_text(json.dumps(plan_of(layout)))
        log = open_log(f"kafka://{broker}/facts", 1)
        part = cut(batch, QUIX_FACTS)[0]
        log.append([
            Entry(player, json.dumps(event).encode(), T0_US)
            for player, event in zip(part.player, events_of(part), strict=True)
        ])  # fmt: skip
        log.close()
        for what in ("nothing", "dictionaries"):
            program = [python, "-m", "benchmarks.stream_quix", broker, "facts", str(plan)]
            done = subprocess.run(
                [*program, str(len(part)), what], stdout=subprocess.PIPE, check=True, text=True,
                cwd=Path(__file__).parent.parent,
            )  # fmt: skip
            us = float(done.stdout.split()[-1]) / len(part) * 1e6
            yield f"Quix Streams, {what}", _cells(us, took)
