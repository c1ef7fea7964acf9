"""A million events through genuine Kafka and Redis: workers join, die and go on, nothing differs.

Three partitions, two workers, a third joining, one killed with -9 in the middle of a flush, the
broker restarted; 1 % of the events late, 0.2 % twice. Afterwards every player's state is compared,
byte for byte, with one engine fed the log straight, and a sample with single landed facts.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.tables import markdown
from core.log.event_log import Entry
from core.settings import Settings
from pipelines.stream.consistency import check
from pipelines.stream.opening import opened
from pipelines.stream.settings import Pace

EVENTS_PER_PLAYER_DAY = 3.1
"""Of the simulated operator, measured; live tables included."""
DAYS = 60


def main() -> None:
    """Print what took place, how long it took, and the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="evenhand-soak-") as folder:
        soaked(Path(folder), options.events, options.sample)


def soaked(home: Path, events: int, sample: int) -> None:
    """Make an operator and its history, run the soak in a folder, judge it."""
    from tests.pipelines.stream_soak import Stage, soak
    from tests.pipelines.stream_world import (
        differing,
        disordered,
        expected_states,
        stream_of,
    )
    from tests.services.kafka_broker import KafkaBroker
    from tests.services.redis_server import redis_server

    operator, entries = _history(home / "operator", events)
    told = disordered(entries, seed=1, late=0.01, twice=0.002)
    for name in ("kafka", "redis"):
        (home / name).mkdir()
    broker, server = KafkaBroker(home / "kafka"), redis_server(home / "redis")
    with broker.running(), server.running():
        log = f"kafka://{broker.bootstrap}/facts"
        settings = stream_of(operator, operator.home, Pace(), log)
        settings = replace(settings, states=f"redis://127.0.0.1:{server.port}/0")
        with opened(settings, 3) as parts:
            options = ("--flush-seconds", "1")
            done = soak(Stage(parts, broker, options, batch=5_000), told)
            states = expected_states(parts)
            wrong = differing(parts, states)
            verdict = check(parts, sample, seed=1)
    rows = [
        ["events, 3 partitions", f"{done.events:,}"],
        ["seconds, joins, kill and restart included", f"{done.seconds:,.0f}"],
        ["players", f"{len(states):,}"],
        ["states that differ from an engine fed straight", f"{len(wrong):,}"],
        ["sampled values recomputed from single facts", f"{verdict.values:,}"],
        ["of these, different", f"{len(verdict.differences):,}"],
    ]
    print(markdown(["soak on Kafka and Redis", ""], rows))
    if wrong or verdict.differences:
        raise SystemExit(1)


def _history(home: Path, events: int) -> tuple[Settings, list[Entry]]:
    """Simulate an operator with about so many events."""
    from tests.pipelines.stream_world import history, make_operator

    players = int(events / EVENTS_PER_PLAYER_DAY / DAYS * 1.05) + 20
    operator = make_operator(home, players=players, days=DAYS)
    return operator, history(operator)
