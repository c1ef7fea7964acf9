"""An operator's history into the event log. Way: warehouse, raw facts, NDJSON -> here -> log.

In the order in which facts became known, so that what reads the log meets them as it would have
met them live. Appending is at least once: a feed that failed half way may be repeated from the
instant it says it reached, and readers drop what came twice within their reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from core.errors import NotReadyError
from core.events.codec import decode, encode
from core.events.dead_letter import DeadLetter
from core.events.envelope import Envelope, Event, UnknownEvent
from core.events.stream_file import Tally, read_events
from core.log.event_log import Entry, EventLog
from pipelines.stream.flushing import micros

_AT_ONCE = 2_000
Told = Callable[[int, datetime], None]


@dataclass(frozen=True, slots=True)
class Fed:
    """What a feed appended: how many events, and when the last of them became known."""

    events: int
    newest: datetime | None


def entry_of(event: Event, base_currency: str) -> Entry:
    """Return an event as an entry of the log: keyed by the player, timed by its known time."""
    return Entry(event.subject, encode(event, base_currency=base_currency), micros(event.recorded))


def append_events(
    log: EventLog, entries: Iterable[Entry], told: Callable[[int, int], None]
) -> tuple[int, int | None]:
    """Append in the order given; return how many, and the newest `at_us`.

    `told` hears how many so far, and the instant (UTC microseconds) of the last one.
    """
    count, newest, source = 0, None, iter(entries)
    while part := list(islice(source, _AT_ONCE)):
        log.append(part)
        count, newest = count + len(part), max(newest or 0, part[-1].at_us)
        told(count, part[-1].at_us)
    return count, newest


def refuse_second_feed(log: EventLog, *, again: bool) -> None:
    """Refuse to feed a log that holds events, unless told to.

    Raises:
        NotReadyError: it holds some; facts older than the readers' reach would be set aside as too
            late, younger ones dropped as duplicates.
    """
    held = sum(log.bounds(number).end for number in range(log.partitions))
    if held and not again:
        raise NotReadyError(
            f"the log holds {held:,} events", expected="an empty log for a whole history",
            hint="name --since for what came after, or --again if you mean it",
        )  # fmt: skip


def entries_of_file(path: Path, letters: DeadLetter, base_currency: str) -> Iterator[Entry]:
    """Yield the events of an NDJSON file, sorted by known time; lines that are none go to letters.

    Events of types nobody declared are fed as they came: a later worker may know them. Only the
    places of lines are held in memory while sorting, not the lines.
    """
    found = sorted(_places(path, letters, base_currency))
    with path.open("rb") as file:
        for at_us, offset in found:
            file.seek(offset)
            line = file.readline().rstrip(b"\r\n")
            event = decode(line, base_currency=base_currency)
            envelope = event.envelope if isinstance(event, UnknownEvent) else event
            yield Entry(_known(envelope).subject, line, at_us)


def _places(path: Path, letters: DeadLetter, base_currency: str) -> Iterator[tuple[int, int]]:
    for placed in read_events(
        path, letters, Tally(), lambda line: decode(line, base_currency=base_currency)
    ):
        event = placed.event
        envelope = event.envelope if isinstance(event, UnknownEvent) else event
        yield micros(_known(envelope).recorded), placed.offset


def _known(envelope: Envelope | None) -> Envelope:
    if envelope is None:
        raise NotReadyError("an event without an envelope", expected="who and when")
    return envelope
