"""State update alone: our engine, dictionaries, Quix Streams, on the same facts in one run.

All ways keep the same columns in the same tiles, and turn by turn take the same facts: round r of
each is the r-th part of one stream, so whatever else the machine does falls on all alike. Figures
are medians over rounds, in processor seconds. The dictionaries get facts as tuples made beforehand;
the engine as arrays, as the decoder makes them.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.stream_dictionaries import Dictionaries, Event
from benchmarks.stream_facts import Stream, cut, facts_of
from benchmarks.stream_plan import measured, plan_of
from benchmarks.stream_views import REFERENCE
from benchmarks.tables import markdown
from features.registry import all_views
from features.spec import View
from features.state.engine import Engine
from features.state.facts import FactBatch
from features.state.layout import StateLayout, layout_of

SIZES = (1_000, 5_000)
DICTIONARIES, QUIX = 8.0, 20.0  # the bars: times as fast
COMPARED = 200
Took = dict[str, list[float]]


def main() -> None:
    """Print microseconds per fact and the ratios, for both measure sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=600_000)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    sets: Mapping[str, tuple[View, ...]] = {"all views": all_views(), "reference": REFERENCE}
    rows = []
    for name, views in sets.items():
        layout = layout_of(views)
        batch = facts_of(layout, Stream(options.facts, 60_000, days=options.facts / 110_000))
        took = timed(layout, batch, options.rounds)
        rows += [[f"{name}: {way}", *figures] for way, figures in _figures(took)]
    print(
        markdown(["state update", "µs a fact", "facts per cpu-s", "times the dictionaries"], rows)
    )
    print(f"\nload average {os.getloadavg()[0]:.1f}; bars: {DICTIONARIES:.0f} x dictionaries")


def timed(layout: StateLayout, batch: FactBatch, rounds: int) -> Took:
    """Return microseconds a fact, per way and round; the first round warms up and is left out."""
    engines = {size: Engine(layout) for size in SIZES}
    plain = Dictionaries(plan_of(layout))
    took: Took = {}
    for number, part in enumerate(cut(batch, len(batch) // rounds)):
        pieces = {size: cut(part, size) for size in SIZES}
        events = events_of(part)
        ways: dict[str, Callable[[], None]] = {
            f"engine, batches of {size:,}": _updates(engines[size], pieces[size]) for size in SIZES
        }
        ways["dictionaries, fact by fact"] = _adds(plain, part.player, events)
        for way, run in ways.items():
            began = time.process_time()
            run()
            if number:
                spent = (time.process_time() - began) / len(part) * 1e6
                took.setdefault(way, []).append(spent)
    for engine in engines.values():
        compare(engine, plain, int(batch.recorded.max()))
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
    plain = np.median(took["dictionaries, fact by fact"])
    return [
        (way, [f"{us:.2f}", f"{1e6 / us:,.0f}", f"{plain / us:.1f}"])
        for way, each in took.items()
        for us in (float(np.median(each)),)
    ]
