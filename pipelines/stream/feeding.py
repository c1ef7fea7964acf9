"""`evenhand stream feed` with progress. Way: commands -> here -> feed -> log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from core.errors import DeclarationError, NotReadyError
from core.events.dead_letter import DeadLetter
from core.log.event_log import Entry, EventLog
from pipelines.stream.feed import append_events, entries_of_file, entry_of, refuse_second_feed
from pipelines.stream.opening import opened
from pipelines.stream.recorded_facts import (
    RecordedFacts,
    Span,
    facts_of_folder,
    facts_of_warehouse,
    instant_of,
)
from pipelines.stream.settings import StreamSettings, stream_settings


@dataclass(frozen=True, slots=True)
class Feeding:
    """What to feed: a folder of raw facts, an NDJSON file, or (null) the warehouse."""

    source: Path | None
    since: datetime | None
    until: datetime | None
    partitions: int
    again: bool

    @property
    def span(self) -> Span:
        """The stretch of known time asked for."""
        since, until = (at and at.replace(tzinfo=UTC) for at in (self.since, self.until))
        return Span(since, until)


def run_feed(feeding: Feeding) -> None:
    """Append what was asked for and say how much it was.

    Raises:
        DeclarationError: a stretch of a file is asked for; files are fed whole.
    """
    settings, console = stream_settings(), Console()
    is_file = feeding.source is not None and feeding.source.is_file()
    if is_file and feeding.span != Span():
        raise DeclarationError("--since or --until with a file", expected="a warehouse or a folder")
    with opened(settings, _partitions(settings, feeding)) as parts:
        refuse_second_feed(parts.log, again=feeding.again or feeding.since is not None)
        if is_file:
            count = _feed_file(parts.log, feeding, settings, console)
        else:
            count = _feed_facts(parts.log, feeding, settings, console)
    console.print(f"{count:,} events in {parts.log.partitions} partitions of {settings.log}")


def _partitions(settings: StreamSettings, feeding: Feeding) -> int | None:
    """Return how many partitions to make; null when the log is there and has its own number."""
    try:
        with opened(settings):
            return None
    except NotReadyError:
        return feeding.partitions


def _feed_file(
    log: EventLog, feeding: Feeding, settings: StreamSettings, console: Console
) -> int:  # fmt: skip
    path, currency = feeding.source, settings.settings.base_currency
    if path is None:
        return 0
    target = settings.settings.dead_letter / "feed" / f"{path.stem}.jsonl"
    target.unlink(missing_ok=True)  # of this feed alone
    with _bar(console) as progress, DeadLetter(target) as refused:
        task = progress.add_task(path.name, total=None)
        entries = entries_of_file(path, refused, currency)
        count, _ = append_events(log, entries, lambda n, _: progress.update(task, completed=n))
        if refused.count:
            console.print(f"{refused.count:,} lines refused, in {target}", style="yellow")
    return count


def _feed_facts(
    log: EventLog, feeding: Feeding, settings: StreamSettings, console: Console
) -> int:  # fmt: skip
    warehouse, raw = settings.settings.warehouse, feeding.source
    with duckdb.connect() as connection, _bar(console) as progress:
        connection.execute("SET TimeZone = 'UTC'")
        selects = facts_of_folder(raw) if raw else facts_of_warehouse(warehouse)
        facts = RecordedFacts(connection, selects, feeding.span)
        months = facts.months()
        task = progress.add_task("feeding", total=sum(count for _, count in months))

        def told(_: int, at_us: int) -> None:
            progress.update(task, description=f"{instant_of(at_us):%Y-%m-%d %H:%M:%S}")

        count = 0
        for month, _ in months:
            entries = _entries(facts, month, settings.settings.base_currency)
            count += append_events(log, entries, told)[0]
            progress.update(task, completed=count)
    return count


def _entries(facts: RecordedFacts, month: datetime, currency: str) -> Iterator[Entry]:
    return (entry_of(event, currency) for event in facts.of_month(month))


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description:20}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
