"""What `evenhand stream` does. Way: commands -> here -> worker, store, an exit code."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import prometheus_client  # noqa: F401 - before feast, whose import turns counters into files
import typer
from rich.console import Console
from rich.table import Table

from core.errors import EvenhandError, NotReadyError
from pipelines.stream.backoff import Stopped
from pipelines.stream.consistency import Verdict, check
from pipelines.stream.environment import settled_memory
from pipelines.stream.metrics import Gauges, StreamMetrics, serve_metrics
from pipelines.stream.opening import (
    Parts,
    make_worker,
    opened,
    refuse_unbuilt,
    stopping_on_signals,
)
from pipelines.stream.screen import Screen, shown
from pipelines.stream.settings import stream_settings
from pipelines.stream.worker import Worker

SHOWN = 20
_CHECKED_PLAYERS = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `evenhand stream run` was told."""

    flush_events: int
    flush_seconds: float
    resident: int
    metrics_port: int
    until_caught_up: bool


def run_worker(wanted: Wanted) -> None:
    """Work until told to stop; say at the end what was done."""
    console, settings = Console(), stream_settings()
    pace = replace(
        settings.pace,
        flush_events=wanted.flush_events,
        flush_seconds=wanted.flush_seconds,
        resident=wanted.resident,
    )
    settings = replace(settings, pace=pace)
    with opened(settings) as parts:
        refuse_unbuilt(parts)
        worker = make_worker(parts)
        with (
            stopping_on_signals(worker),
            settled_memory(),
            watched(parts, worker, wanted.metrics_port) as gauges,
            shown(console) as screen,
        ):
            run_shown(worker, screen, gauges, until_caught_up=wanted.until_caught_up)
        console.print(screen.line(worker), highlight=False)


def run_shown(worker: Worker, screen: Screen, gauges: Gauges, *, until_caught_up: bool) -> None:
    """Run a worker with its progress shown; outages are told as they begin.

    Raises:
        NotReadyError: it was told to stop while log or store did not answer.
    """

    def look(working: Worker) -> None:
        residents = working.flusher.residents
        gauges.lag, gauges.partitions = sum(working.lag.values()), len(working.partitions)
        gauges.residents, gauges.state_bytes = len(residents), residents.engine.bytes_held
        screen.look(working)

    worker.on_step = look
    worker.on_outage = lambda error: screen.console.print(f"trying again: {error}", style="yellow")
    try:
        worker.run(until_caught_up=until_caught_up)
    except Stopped as error:
        raise NotReadyError(
            f"stopped while a store did not answer: {error}",
            expected="a last flush",
            hint="nothing is lost: what was not committed is read again at the next start",
        ) from error


@contextmanager
def watched(parts: Parts, worker: Worker, metrics_port: int) -> Iterator[Gauges]:
    """Serve metrics (0 is no port) and check consistency beside a worker."""
    gauges, done = Gauges(), threading.Event()
    every_s, close = parts.settings.check_s, None
    if metrics_port:
        metrics = StreamMetrics(parts.layout.generation, worker.tallies, gauges)
        close = serve_metrics(metrics, metrics_port)
    checker = threading.Thread(
        target=_keep_checking, args=(parts, gauges, every_s, done), daemon=True
    )
    if every_s:
        checker.start()
    try:
        yield gauges
    finally:
        done.set()
        if close:
            close()
        if checker.is_alive():
            checker.join(timeout=60)


def _keep_checking(parts: Parts, gauges: Gauges, every_s: float, done: threading.Event) -> None:
    """Check a small sample now and then; without a warehouse, or in an outage, say nothing."""
    seed = 0
    while not done.wait(every_s):
        seed += 1
        try:
            verdict = check(parts, _CHECKED_PLAYERS, seed)
        except (EvenhandError, OSError):
            continue
        finally:
            parts.store.close()
        gauges.checked, gauges.differences = verdict.values, len(verdict.differences)


def run_check(sample: int, seed: int) -> None:
    """Compare served values with landed facts; exit 1 on any difference."""
    console = Console()
    with opened(stream_settings()) as parts, console.status("recomputing from landed facts"):
        verdict = check(parts, sample, seed)
    for miss in islice(verdict.differences, SHOWN):
        console.print(
            f"[red]{miss.claim.player_id}[/] {miss.feature}: {miss.claimed!r}, "
            f"from landed facts {miss.recomputed!r}"
        )
    console.print(_told(verdict), highlight=False)
    if verdict.differences:
        raise typer.Exit(1)


def _told(verdict: Verdict) -> str:
    return (
        f"{verdict.compared:,} players, {verdict.values:,} values: "
        f"{len(verdict.differences):,} differences"
        f" (not compared: {verdict.ahead:,} ahead of the warehouse, {verdict.behind:,} behind it,"
        f" {verdict.aside:,} with facts that came too late)"
    )


def run_switch(generation: str) -> None:
    """Let a generation answer; one nobody built is refused.

    Raises:
        NotReadyError: no worker has built it.
    """
    with opened(stream_settings()) as parts:
        wanted = generation or parts.layout.generation
        if not parts.store.heartbeats(wanted):
            raise NotReadyError(
                f"generation {wanted} was never built", expected="one of `evenhand stream status`",
                hint="run `evenhand stream rebuild`",
            )  # fmt: skip
        before = parts.store.live_generation()
        parts.store.switch(wanted)
    Console().print(f"{wanted} answers" + (f", {before} no longer" if before else ""))


def run_drop(generation: str) -> None:
    """Forget a generation's states and what this machine kept beside them."""
    import shutil

    with opened(stream_settings()) as parts:
        parts.store.drop(generation)
        shutil.rmtree(parts.settings.folder / generation, ignore_errors=True)
    Console().print(f"{generation} is gone")


def run_status() -> None:
    """Print the generations known by name and how far each partition is."""
    console = Console()
    with opened(stream_settings()) as parts:
        live, declared = parts.store.live_generation(), parts.layout.generation
        console.print(f"answers: {live or 'none'}; the views as declared: {declared}")
        for generation in sorted({declared, live or declared}):
            table = Table("partition", "read", "in the log", "lag", "log time", title=generation)
            for beat in parts.store.heartbeats(generation):
                end = parts.log.bounds(beat.partition).end
                table.add_row(
                    str(beat.partition), f"{beat.offset:,}", f"{end:,}",
                    f"{end - beat.offset:,}", _instant(beat.log_time_us),
                )  # fmt: skip
            console.print(table if table.row_count else f"{generation}: nothing read yet")


def _instant(at_us: int) -> str:
    if at_us < 0:
        return "-"
    return f"{_EPOCH + timedelta(microseconds=at_us):%Y-%m-%d %H:%M:%S}"
