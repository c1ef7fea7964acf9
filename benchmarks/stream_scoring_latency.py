"""From an event to the first score that counts it: Kafka, worker, Redis and service, all genuine.

Each is a process of its own on this machine: a broker, a Redis, `evenhand stream run`, the scoring
service with promoted models, a sender of events at a steady rate. Every 50 ms a probe appends a
deposit of one of a few hundred players, and asks the service for him over a kept connection until
the answer counts it (benchmarks.stream_probes). "To the rules" and "to the store" are the worker's
own figures over all its events, those of warming up among them. Models are trained at the start
(about a minute) unless `--mlruns` names a registry with champions.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.http_servers import Server, get, started
from benchmarks.measured import say
from benchmarks.stream_load import Load, sending
from benchmarks.stream_operator import PROBED_FROM, Operator, history, player_id
from benchmarks.stream_probes import Probe, Prober, asking
from benchmarks.stream_servers import kafka, redis
from benchmarks.tables import markdown
from core.errors import NotReadyError
from core.log.open_log import open_log

WARM_S = 8.0
HISTORY = 100_000
BAR_MS = 100
_QUANTILES = (0.5, 0.95, 0.99)
_STAGES = {"to the rules": "hook", "to the store": "store"}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one rate: what was reached, the probes, the worker's p50 and p99, who was how busy."""

    reached: float
    probes: list[Probe]
    parts_ms: dict[str, tuple[float, float]]
    busy: dict[str, float]  # processor seconds a second
    load: float

    @property
    def shown_ms(self) -> list[float]:
        """Milliseconds until each probe was shown."""
        return [1e3 * p.shown_s for p in self.probes if p.shown_s is not None]

    @property
    def acknowledged_ms(self) -> list[float]:
        """Milliseconds until the log had each probe."""
        return [1e3 * p.acknowledged_s for p in self.probes if p.acknowledged_s is not None]


@dataclass(frozen=True, slots=True)
class House:
    """What stays for all rates."""

    operator: Operator
    service: Server
    prober: Prober
    options: argparse.Namespace


def main() -> None:
    """Print a table for every rate."""
    options = _options()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        house = stack.enter_context(_house(Path(name), options))
        found = [measured(house, rate) for rate in options.rates]
    print("\n\n".join(told(figures, options) for figures in found))
    print(f"\nbar at 20,000 events/s: p99 {BAR_MS} ms until a score counts the event")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks stream_scoring_latency --")
    parser.add_argument("--rates", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--seconds", type=float, default=30.0, help="Of each rate.")
    parser.add_argument("--players", type=int, default=50_000)
    parser.add_argument("--probed", type=int, default=400, help="Players probed.")
    parser.add_argument("--every-ms", type=float, default=50.0, help="Between two probes.")
    parser.add_argument("--pause-ms", type=float, default=2.0, help="Between two questions.")
    parser.add_argument("--mlruns", type=Path, help="A registry with champions.")
    parser.add_argument("--run", nargs=argparse.REMAINDER, default=[], help="Of `stream run`.")
    return parser.parse_args()


@contextmanager
def _house(folder: Path, options: argparse.Namespace) -> Iterator[House]:
    """Train, start the servers, let a worker read a day's history, start the service."""
    key = secrets.token_urlsafe(16)
    home = folder / "home"
    environment = {
        **os.environ, "EVENHAND_HOME": str(home), "OMP_NUM_THREADS": "1", "EVENHAND_QUIET": "1",
        "EVENHAND_MLRUNS": str((options.mlruns or home / "mlruns").resolve()),
        "EVENHAND_API_KEYS": f"crm:{hashlib.sha256(key.encode()).hexdigest()}",
        "BENTOML_HOME": str(folder / "bentoml"),
    }  # fmt: skip
    if options.mlruns is None:
        say("training")
        Operator(environment).train()
    say("reading a history")
    with kafka(folder / "kafka") as bootstrap, redis(folder / "redis") as store, ExitStack() as own:
        environment |= {
            "EVENHAND_LOG": f"kafka://{bootstrap}/facts", "EVENHAND_ONLINE_STORE": store,
        }  # fmt: skip
        operator = Operator(environment)
        operator.remember(history(options.players, options.probed, HISTORY))
        service = own.enter_context(started(("serving",), "/readyz", environment))
        log = open_log(environment["EVENHAND_LOG"])
        own.callback(log.close)
        players = [player_id(PROBED_FROM + number) for number in range(options.probed)]
        ask = asking(service.connect(), key)
        prober = Prober(log, ask, players, options.every_ms / 1e3, options.pause_ms / 1e3)
        prober.players = allowed(prober)
        yield House(operator, service, prober, options)


def allowed(prober: Prober) -> list[str]:
    """Return the players who are scored: not protected, not unknown.

    Raises:
        NotReadyError: there are hardly any.
    """
    found = [player for player in prober.players if prober.is_allowed(player)]
    if 4 * len(found) < len(prober.players):
        raise NotReadyError(
            f"{len(found)} of {len(prober.players)} probe players are scored", expected="most"
        )
    return found


def measured(house: House, rate: int) -> Figures:
    """Start a worker and a sender; after warming up, probe."""
    say(f"{rate:,} events a second")
    options, environment = house.options, house.operator.environment
    load = Load(environment["EVENHAND_LOG"], rate, options.players, seed=rate)
    command = ("pipelines", "stream", "run", *options.run)
    with (
        started(command, "/metrics", environment, port_option="--metrics-port") as worker,
        sending(load) as sender,
    ):
        before = _events(worker)
        while _events(worker) < before + WARM_S * rate and sender.poll() is None:
            time.sleep(0.2)
        servers = {"worker": worker, "service": house.service, "sender": Server(sender, 0)}
        spent = {name: server.cpu_s() for name, server in servers.items()}
        began, events = time.monotonic(), _events(worker)
        probes = house.prober.run(options.seconds)
        took, events = time.monotonic() - began, _events(worker) - events
        busy = {name: (s.cpu_s() - spent[name]) / took for name, s in servers.items()}
        return Figures(events / took, probes, _parts(worker), busy, os.getloadavg()[0])


def _samples(worker: Server) -> dict[str, float]:
    """Return the worker's metrics; those of several labels added up."""
    _, body = get(worker.connect(), "/metrics")
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def _events(worker: Server) -> float:
    return _samples(worker).get("evenhand_stream_events_total", 0.0)


def _parts(worker: Server) -> dict[str, tuple[float, float]]:
    figures = _samples(worker)

    def ms(stage: str, which: str) -> float:
        return 1e3 * figures[f"evenhand_stream_to_{stage}_{which}_seconds"]

    return {name: (ms(stage, "p50"), ms(stage, "p99")) for name, stage in _STAGES.items()}


def told(figures: Figures, options: argparse.Namespace) -> str:
    """Return the table of one rate and the counts below it."""
    rows = [
        ["until the log has it", *_row(figures.acknowledged_ms)],
        *([name, f"{p50:.0f}", "", f"{p99:.0f}"] for name, (p50, p99) in figures.parts_ms.items()),
        ["until a score counts it", *_row(figures.shown_ms)],
    ]
    protected = sum(probe.is_protected for probe in figures.probes)
    unseen = len(figures.probes) - len(figures.shown_ms) - protected
    busy = ", ".join(f"{name} {share:.2f}" for name, share in figures.busy.items())
    header = [f"ms, at {figures.reached:,.0f} events/s", "p50", "p95", "p99"]
    return (
        f"{markdown(header, rows)}\n\n{len(figures.probes):,} probes, {unseen} never seen, "
        f"{protected} of players protected meanwhile; a look every {options.pause_ms:g} ms; "
        f"processor seconds a second: {busy}; load average {figures.load:.1f}"
    )


def _row(values: Sequence[float]) -> list[str]:
    if not values:
        return ["-"] * len(_QUANTILES)
    return [f"{value:.0f}" for value in np.quantile(values, _QUANTILES)]
