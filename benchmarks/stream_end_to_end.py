"""The stream from genuine Kafka to Redis: processor time per event by stage, and latency.

The worker is the one `evenhand stream` runs, alone in this process; Kafka and Redis are started for
the purpose. The views are all that are declared, and the reference set (`stream_views`) by which
stream engines are compared; triggers read declared views only. "Every batch": players even, a flush
after each poll, so nearly every event writes a state. "Every second": players Zipf's, a flush a
second. Latency: a producer of its own sends 20,000 events a second, each recorded the moment it is
sent; "readable" is when its state is in the store.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.stream_messages import Messages
from benchmarks.stream_servers import kafka, redis
from benchmarks.stream_stages import Stages
from benchmarks.stream_views import REFERENCE
from benchmarks.tables import markdown
from core.log.kafka_reader import KafkaReader
from core.log.open_log import open_log
from core.settings import Settings
from features.redis_states import RedisStates
from features.registry import all_views
from features.spec import View
from features.state.engine import Engine
from features.state.layout import layout_of
from pipelines.stream.alerts import AlertLog, TriggerHook
from pipelines.stream.decoding import BatchDecoder
from pipelines.stream.dedupe import Memory
from pipelines.stream.environment import settled_memory
from pipelines.stream.flushing import Flusher
from pipelines.stream.intake import Intake
from pipelines.stream.opening import make_worker, opened
from pipelines.stream.residents import Residents
from pipelines.stream.settings import Pace, StreamSettings
from pipelines.stream.ties import PendingTies
from pipelines.stream.worker import Worker

PARTITIONS = 4
DAY_US = 86_400_000_000
STAGES = {
    "consume": ((KafkaReader, "poll"),),
    "decode": ((BatchDecoder, "decode"),),
    "dedupe": ((Memory, "judge"),),
    "ties, holds, counting": ((Intake, "take"),),
    "load": ((Residents, "load"),),
    "fold in": ((Engine, "fold"),),
    "whose state": ((Residents, "places"), (Residents, "missing"), (Residents, "apply")),
    "rules": ((TriggerHook, "after"), (AlertLog, "take")),
    "pack": ((Engine, "pack_places"),),
    "store": ((RedisStates, "write"), (Residents, "store_dirty")),
    "tell ties": ((PendingTies, "add"), (PendingTies, "flush")),
    "tell progress": ((KafkaReader, "lag"), (KafkaReader, "commit"), (RedisStates, "beat")),
    "rest of the flush": ((Flusher, "flush"),),
    "the loop": ((Worker, "step"),),
}


VIEWS: dict[str, Callable[[], tuple[View, ...]]] = {
    "all": all_views,
    "reference": lambda: REFERENCE,
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way of writing states, and the bar in events per processor second."""

    name: str
    zipf: float
    pace: Pace
    bar: int
    views: str = "all"

    @property
    def title(self) -> str:
        """What it is called in the table."""
        return f"{self.views} views, {self.name}"


WAYS = (
    Way("every batch", 0.0, Pace(flush_events=1), 130_000),
    Way("every second", 0.8, Pace(flush_events=10**9, flush_seconds=1.0), 200_000),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one way: events, states written, µs an event by stage, wall seconds, Redis' µs a state."""

    events: int
    written: int
    stages: dict[str, float]
    wall_s: float
    redis_us: float

    @property
    def total(self) -> float:
        """Processor microseconds an event."""
        return sum(self.stages.values())


def main() -> None:
    """Print the stages of both ways and the latencies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--players", type=int, default=50_000)
    parser.add_argument("--views", choices=list(VIEWS), action="append")
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with kafka(folder / "kafka") as bootstrap, redis(folder / "redis") as store:
            base = StreamSettings(
                Settings(folder, folder / "mlruns"), f"kafka://{bootstrap}/", store
            )
            ways = [replace(w, views=v) for v in options.views or VIEWS for w in WAYS]
            print(stage_table({way: measured(way, base, options) for way in ways}))
            print(latency_table(base, options))


def measured(way: Way, base: StreamSettings, options: argparse.Namespace) -> Figures:
    """Fill a log, let a worker read half of it, then time the rest."""
    now = time.time_ns() // 1000
    messages = Messages(options.players, way.zipf)
    warm = options.events // 2
    stages = Stages()
    with _worker(base, way) as worker:
        for part in range(0, options.events, 50_000):
            start = now - DAY_US + part * DAY_US // options.events
            end = now - DAY_US + (part + 50_000) * DAY_US // options.events
            worker.log.append(messages.drawn(50_000, start, end - 1))
        _until(worker, lambda: worker.tallies.polled >= warm)
        events, written = worker.tallies.polled, worker.tallies.written
        with settled_memory(), stages.watching(STAGES):
            began, process = time.perf_counter(), time.process_time_ns()
            thread, redis_us = time.thread_time_ns(), _redis_us(base)
            _until(worker, worker.is_caught_up)
            worker.flush()
            wall = time.perf_counter() - began
            thread = time.thread_time_ns() - thread
            process = time.process_time_ns() - process
            redis_us = _redis_us(base) - redis_us
        count, states = worker.tallies.polled - events, worker.tallies.written - written
        spent = dict(stages.spent)
        spent["elsewhere in the thread"] = thread - sum(spent.values())
        spent["threads of Kafka's client"] = process - thread
        each = {stage: ns / 1_000 / count for stage, ns in spent.items()}
        return Figures(count, states, each, wall, redis_us / states)


def _redis_us(base: StreamSettings) -> float:
    """Return the microseconds of processor Redis has spent."""
    from redis import Redis

    with Redis.from_url(base.states) as client:
        told = client.info("cpu")
    return 1e6 * float(told["used_cpu_user"] + told["used_cpu_sys"])


def _until(worker: Worker, is_done: Callable[[], bool]) -> None:
    while not is_done():
        worker.step()


@contextmanager
def _worker(base: StreamSettings, way: Way) -> Iterator[Worker]:
    topic = f"{way.views}-{way.name}".replace(" ", "-")
    home = base.home / topic
    settings = replace(
        base, settings=Settings(home, home / "mlruns"), log=f"{base.log}{topic}", pace=way.pace,
        group=topic,
    )  # fmt: skip
    with opened(settings, PARTITIONS) as whole:
        parts = replace(whole, layout=layout_of(VIEWS[way.views]()))
        worker = make_worker(parts, None if way.views == "all" else ())
        worker.open()
        try:
            _until(worker, lambda: len(worker.partitions) == PARTITIONS)
            yield worker
        finally:
            worker.leave()
            parts.store.drop(parts.layout.generation)


def stage_table(found: dict[Way, Figures]) -> str:
    """Return microseconds an event by stage, and what they come to."""
    figures = list(found.values())
    rows = [[stage, *(f"{f.stages[stage]:.2f}" for f in figures)] for stage in figures[0].stages]
    rows.append(["together", *(f"{f.total:.2f}" for f in figures)])
    rows.append(["events per processor second", *(f"{1e6 / f.total:,.0f}" for f in figures)])
    rows.append(["states written an event", *(f"{f.written / f.events:.2f}" for f in figures)])
    rows.append(["Redis, µs a state", *(f"{f.redis_us:.2f}" for f in figures)])
    rows.append(["events a second of wall time", *(f"{f.events / f.wall_s:,.0f}" for f in figures)])
    lines = [
        f"{way.title}: bar {way.bar:,} events per processor second, "
        f"{'met' if 1e6 / f.total >= way.bar else 'NOT met'}"
        for way, f in found.items()
    ]
    load = f"load average {os.getloadavg()[0]:.1f}"
    table = markdown(["µs an event", *(way.title for way in found)], rows)
    return "\n\n".join([table, *lines, load]) + "\n"


def latency_table(base: StreamSettings, options: argparse.Namespace) -> str:
    """Return how long after it was recorded an event reached the rules and the store."""
    pace = Pace(flush_events=10**9, flush_seconds=0.02, poll_seconds=0.005)
    with _worker(base, Way("paced", 0.8, pace, options.rate)) as worker:
        given = [
            f"{base.log}all-paced",
            str(options.rate),
            str(options.seconds + 5),
            str(options.players),
        ]
        code = "import sys; from benchmarks.stream_end_to_end import produce; produce(sys.argv[1:])"
        with subprocess.Popen([sys.executable, "-c", code, *given]) as producer, settled_memory():
            warm = options.rate * 5
            _until(worker, lambda: worker.tallies.polled >= warm)
            worker.tallies.to_hook.forget()
            worker.tallies.to_store.forget()
            began, polled = time.perf_counter(), worker.tallies.polled
            _until(worker, lambda: producer.poll() is not None)
            rate = (worker.tallies.polled - polled) / (time.perf_counter() - began)
        ages = {"to the rules": worker.tallies.to_hook, "to the store": worker.tallies.to_store}
        rows = [
            [name, *(f"{1e3 * (age.quantile_s(q) or 0):.0f}" for q in (0.5, 0.95, 0.99))]
            for name, age in ages.items()
        ]
    table = markdown([f"ms, at {rate:,.0f} events/s", "p50", "p95", "p99"], rows)
    return f"{table}\n\nbars: p99 50 ms and 100 ms; load average {os.getloadavg()[0]:.1f}"


def produce(given: list[str]) -> None:
    """Send events at a steady rate, every 10 ms a few, each recorded when it is sent."""
    address, rate, seconds, players = given[0], *map(int, given[1:])
    log, messages, each = open_log(address), Messages(players), rate // 100
    began = time.monotonic()
    for number in range(seconds * 100):
        time.sleep(max(0.0, began + number / 100 - time.monotonic()))
        now = time.time_ns() // 1000
        log.append(messages.drawn(each, now, now))
    log.close()
