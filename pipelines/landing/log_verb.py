"""`evenhand land --from-log` as seen on a terminal: read, land, show how far, stop in peace."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from core.clock import SystemClock
from core.log.event_log import EventLog
from core.log.open_log import open_log
from core.settings import Settings, settings_from
from features.manifest import read_manifest
from pipelines.landing.compact import compact
from pipelines.landing.counts import Landing
from pipelines.landing.log_land import LogLander, LogTarget
from pipelines.landing.verb import counts_table

MESSAGES, BYTES = 100_000, 1 << 28
_AT_ONCE, _WAIT_S = 10_000, 0.5
_COMPACT_AFTER = 100  # landings: each adds a file per fact and month


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Which log to land, for which group, and how often.

    A landing happens after `messages` messages or `every_s` seconds, whichever comes first. Without
    `follow` it ends where the log ended when it began, and takes all partitions itself; with it,
    landers of one group share them until they are stopped.
    """

    url: str
    group: str = "landing"
    follow: bool = False
    every_s: float = 10.0
    messages: int = MESSAGES


Landed = Callable[[Landing], None]


def run_land_log(options: LogOptions) -> None:
    """Land a log and show what became of its messages."""
    settings, stop = settings_from(), threading.Event()
    console = Console()
    log = open_log(options.url)
    try:
        _stop_on_signals(stop)
        with _progress(console) as bar:
            known = None if options.follow else unlanded(log, options, settings)
            show = _Show(bar, bar.add_task(f"landing {log_name(options)}", total=known))
            total = land_log(log, options, settings, stop, show)
    finally:
        log.close()
    console.print(counts_table(total) if total else "nothing new in the log")


def log_name(options: LogOptions) -> str:
    """Return the name positions are kept under: the log's address without secrets, and the group.

    >>> log_name(LogOptions("postgresql://ann:pw@db:5432/house?sslmode=require"))
    'postgresql://db:5432/house#landing'
    """
    parts = urlsplit(options.url)
    address = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{address}{parts.path}#{options.group}"


def land_log(
    log: EventLog, options: LogOptions, settings: Settings, stop: threading.Event, landed: Landed
) -> Landing | None:
    """Land until the log's end, or with `follow` until `stop`; return all landings as one.

    Raises:
        SourceError: the log is not the one that was landed, or has forgotten some of it.
        LogError: the log stopped answering.
    """
    lander = LogLander(LogTarget(settings, log_name(options), SystemClock()))
    shared = None if options.follow else range(log.partitions)
    lander.reader = log.reader(options.group, lander, partitions=shared)
    ends = {} if options.follow else {p: log.bounds(p).end for p in range(log.partitions)}
    total: Landing | None = None
    landings = 0
    try:
        for landing in _landings(lander, options, ends, stop):
            landed(landing)
            total = landing if total is None else _sum(total, landing)
            landings += 1
            if options.follow and landings % _COMPACT_AFTER == 0:
                compact(settings.warehouse)
    finally:
        lander.reader.close()
    return total


def unlanded(log: EventLog, options: LogOptions, settings: Settings) -> int:
    """Return how many messages of the log the warehouse does not hold yet."""
    landed = read_manifest(settings.warehouse).positions.get(log_name(options), {})
    bounds = {partition: log.bounds(partition) for partition in range(log.partitions)}
    starts = {p: landed[p].next if p in landed else bounds[p].first for p in bounds}
    return sum(max(bounds[p].end - starts[p], 0) for p in bounds)


def _landings(
    lander: LogLander, options: LogOptions, ends: dict[int, int], stop: threading.Event
) -> Iterator[Landing]:
    """Yield landings; the last one is of what was read when it was time to stop."""
    is_last = False
    while not is_last:
        is_last = _gather(lander, options, ends, stop)
        landing = lander.land() if lander.held.count else None
        if landing is not None:
            yield landing


def _gather(
    lander: LogLander, options: LogOptions, ends: dict[int, int], stop: threading.Event
) -> bool:
    """Read until it is time to land; return whether it is the last time."""
    until = time.monotonic() + options.every_s
    while True:
        held = lander.gather(min(_AT_ONCE, options.messages), _WAIT_S)
        places = {p: stretch.next for p, stretch in lander.held.stretches.items()}
        is_whole = bool(ends) and all(places.get(p, -1) >= end for p, end in ends.items())
        if stop.is_set() or is_whole:
            return True
        is_due = held > 0 and time.monotonic() >= until
        if is_due or held >= options.messages or lander.held.size >= BYTES:
            return False


def _sum(total: Landing, landing: Landing) -> Landing:
    by_fact = {tally.fact: tally for tally in total.tallies}
    for tally in landing.tallies:
        by_fact[tally.fact] = tally + by_fact[tally.fact] if tally.fact in by_fact else tally
    tallies = tuple(by_fact[fact] for fact in sorted(by_fact))
    return Landing(landing.adapter, landing.sources, landing.version, tallies)


@dataclass(slots=True)
class _Show:
    """Counts landed messages on a progress bar."""

    bar: Progress
    task: TaskID

    def __call__(self, landing: Landing) -> None:
        self.bar.update(self.task, advance=landing.total.read)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True)


def _stop_on_signals(stop: threading.Event) -> None:
    """Let SIGTERM and SIGINT end the landing after what was read; a second one ends it at once."""

    def on_signal(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
