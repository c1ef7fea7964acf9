"""What was set aside, back into the log. Way: dead letters, late facts -> here -> log -> worker.

Dead letters are fed as they stand in the file: mended there, or readable for newer code. Those that
still cannot be read stay. A fact that came too late is fed only if the worker never applied its id,
which the log itself says; it then becomes known now, for that is when the live states learn of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec
import prometheus_client  # noqa: F401 - before feast, whose import turns counters into files
from rich.console import Console
from rich.table import Table

from core.errors import EventError
from core.events.codec import decode
from core.events.envelope import Event
from pipelines.stream.durable_lines import append_lines
from pipelines.stream.feed import append_events, entry_of
from pipelines.stream.letters import (
    StreamLetter,
    fed_before,
    letters_in,
    letters_of,
    place_of,
)
from pipelines.stream.opening import Parts, opened
from pipelines.stream.rebuilding import ids_applied
from pipelines.stream.settings import stream_settings


@dataclass(frozen=True, slots=True)
class Readable:
    """A letter that can be fed, as an event; the letter stays where it is, marked as fed."""

    letter: StreamLetter
    event: Event


def run_list() -> None:
    """Print how many letters there are, by kind and reason."""
    table = Table("set aside", "generation", "reason", "letters", "fed back")
    settings = stream_settings()
    kinds = {
        "unreadable": settings.letters("x").parent,
        "too late": settings.late("x").parent,
    }
    for kind, parent in kinds.items():
        for folder in sorted(path for path in parent.glob("*") if path.is_dir()):
            fed, letters = fed_before(folder), list(letters_of(folder))
            count = Counter(_kind_of(letter.reason) for letter in letters)
            done = Counter(_kind_of(one.reason) for one in letters if place_of(one) in fed)
            for reason, number in count.most_common():
                table.add_row(kind, folder.name, reason, f"{number:,}", f"{done[reason]:,}")
    Console().print(table if table.row_count else "nothing was set aside")


def run_replay(file: Path | None, *, late: bool, dry_run: bool) -> None:
    """Feed what can be fed, and say what became of the rest."""
    console = Console()
    with opened(stream_settings()) as parts:
        generation, settings = parts.layout.generation, parts.settings
        folder = settings.late(generation) if late else settings.letters(generation)
        letters = list(letters_in(file) if file else letters_of(folder))
        fed = fed_before(file.parent if file else folder)
        waiting = [letter for letter in letters if place_of(letter) not in fed]
        found, unreadable = readable(waiting, settings.settings.base_currency)
        new = never_applied(parts, found) if late else found
        console.print(
            f"{len(letters):,} letters: {len(letters) - len(waiting):,} fed before, "
            f"{unreadable:,} still unreadable, {len(found) - len(new):,} applied already, "
            f"{len(new):,} to feed"
        )
        if not dry_run:
            now = parts.clock.now() if late else None
            feed_letters(parts, new, now)
            append_lines(
                (file.parent if file else folder) / "fed.jsonl",
                [msgspec.json.encode(place_of(one.letter)) for one in new],
            )


def readable(letters: Iterable[StreamLetter], currency: str) -> tuple[list[Readable], int]:
    """Return the letters that are events by now, and how many are none."""
    found, unreadable = [], 0
    for letter in letters:
        try:
            event = decode(letter.raw_bytes(), base_currency=currency)
        except EventError:
            event = None
        if isinstance(event, Event):
            found.append(Readable(letter, event))
        else:
            unreadable += 1
    return found, unreadable


def never_applied(parts: Parts, found: list[Readable]) -> list[Readable]:
    """Return those whose id no worker ever applied, each id once: the whole log is read for it."""
    left = {one.event.id.bytes: one for one in reversed(found)}
    for ids in ids_applied(parts) if left else ():
        for identity in left.keys() & set(ids):
            del left[identity]
    return list(left.values())


def feed_letters(parts: Parts, found: Iterable[Readable], known_now: datetime | None) -> int:
    """Append letters in the order of their known time; `known_now` replaces it."""
    currency = parts.settings.settings.base_currency
    events = sorted((one.event for one in found), key=lambda event: (event.recorded, event.id))
    again = (replace(e, recorded=known_now) if known_now else e for e in events)
    count, _ = append_events(parts.log, (entry_of(e, currency) for e in again), lambda *_: None)
    return count


def _kind_of(reason: str) -> str:
    """Return a reason without what differs from letter to letter."""
    return re.sub(r"[\d,]+", "#", reason)[:60]
