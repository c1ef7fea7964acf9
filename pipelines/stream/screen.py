"""What a running worker shows. Way: worker -> here -> terminal, or lines in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table

from pipelines.stream.tallies import Tallies
from pipelines.stream.worker import Worker

_EVERY_S, _LINE_EVERY_S = 0.5, 10.0
_HOUR_S = 3_600


@dataclass(slots=True)
class Screen:
    """Shows rates since the last look and counts since the start."""

    console: Console
    live: Live | None = None
    _looked_at: float = field(default_factory=time.monotonic)
    _polled: int = 0
    _rate: float = 0.0

    def look(self, worker: Worker) -> None:
        """Show how far the worker is, if it is time."""
        now = time.monotonic()
        every = _EVERY_S if self.live else _LINE_EVERY_S
        if now - self._looked_at < every:
            return
        polled = worker.tallies.polled
        self._rate = (polled - self._polled) / (now - self._looked_at)
        self._looked_at, self._polled = now, polled
        if self.live:
            self.live.update(self.table(worker), refresh=True)
        else:
            self.console.print(self.line(worker), highlight=False)

    def line(self, worker: Worker) -> str:
        """Say it in one line."""
        told = worker.tallies
        return (
            f"{told.polled:,} events, {self._rate:,.0f}/s, lag {sum(worker.lag.values()):,}, "
            f"readable after {_ages(told)}, duplicates {told.duplicate:,}, late "
            f"{told.late:,}, poison {told.poison:,}, alerts {told.alerts:,}"
        )

    def table(self, worker: Worker) -> Table:
        """Say it as a table."""
        told, residents = worker.tallies, worker.flusher.residents
        rows = {
            "generation": worker.flusher.generation,
            "partitions": " ".join(map(str, worker.partitions)) or "waiting for some",
            "events": f"{told.polled:,}  ({self._rate:,.0f}/s)",
            "lag": f"{sum(worker.lag.values()):,}",
            "readable after, p50 p99": _ages(told),
            "applied": f"{told.applied:,}",
            "duplicates": f"{told.duplicate:,}",
            "too late": f"{told.late:,}",
            "poison": f"{told.poison:,}",
            "of no player": f"{told.unread:,}",
            "players in memory": f"{len(residents):,}"
            f"  ({residents.engine.bytes_held / 1e6:,.0f} MB)",
            "states written": f"{told.written:,}  in {told.flushes:,} flushes",
            "alerts": f"{told.alerts:,}",
            "outages": f"{told.outages:,}",
        }
        table = Table("", "", show_header=False)
        for name, value in rows.items():
            table.add_row(name, value)
        return table


@contextmanager
def shown(console: Console) -> Iterator[Screen]:
    """Show a table that renews itself on a terminal, lines in a pipe."""
    if not console.is_terminal:
        yield Screen(console)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        screen = Screen(console, live)
        yield screen


def _ages(told: Tallies) -> str:
    """Say how old facts are when readable; while catching up that says nothing of the worker."""
    p50, p99 = told.to_store.recent_s(0.5), told.to_store.recent_s(0.99)
    if p50 is None or p99 is None or p50 >= _HOUR_S:
        return "- (history)" if p50 else "-"
    return f"{p50 * 1e3:,.0f} ms, {p99 * 1e3:,.0f} ms"
