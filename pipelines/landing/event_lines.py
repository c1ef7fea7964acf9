"""Reads events line by line. Way: NDJSON -> core.events.stream_file -> here -> settle."""

from __future__ import annotations

from collections.abc import Iterator

from core.events.dead_letter import DeadLetter
from core.events.envelope import UnknownEvent
from core.events.stream_file import Decoder, read_events
from core.events.stream_file import Tally as LineTally
from pipelines.landing.adapter import Found, Intake
from pipelines.landing.counts import Tally
from pipelines.landing.fact_rows import FactRows
from pipelines.landing.tables import table_files

SUFFIXES = (".ndjson", ".jsonl")
UNREADABLE = "(unreadable)"


def line_candidates(intake: Intake, decoder: Decoder) -> Iterator[Found]:
    """Yield the candidates of every fact in the files, and the counts of the other lines."""
    rows, counts = FactRows(intake.connection), LineTally()
    unknown = intake.dead_letter.with_suffix(".unknown.jsonl")
    with DeadLetter(intake.dead_letter) as refused, DeadLetter(unknown) as kept:
        for path in table_files(intake.paths, SUFFIXES):
            for placed in read_events(path, refused, counts, decoder):
                place = (path.as_posix(), placed.line, placed.offset)
                if isinstance(placed.event, UnknownEvent):
                    refusal = f"no fact is called {placed.event.type}"
                    kept.reject(placed.event.raw, refusal, *place)
                else:
                    rows.add(placed.event, place)
    yield Tally(fact=UNREADABLE, rejected=counts.rejected)
    for kind, count in sorted(counts.unknown.items()):
        yield Tally(fact=kind, unknown=count)
    yield from rows.candidates()
