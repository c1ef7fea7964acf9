"""Messages we made, and the events they are: a difference here is the review.

`EVENHAND_GOLDEN=write` writes the events anew.
"""

import os
from pathlib import Path

from core.events.codec import encode
from core.events.dead_letter import DeadLetter
from core.events.envelope import Event, UnknownEvent
from core.events.fasttrack import import_line
from core.events.stream_file import Tally, read_events

GOLDEN = Path(__file__).resolve().parents[1] / "golden/fasttrack"
MESSAGES = GOLDEN / "messages.ndjson"
EVENTS = GOLDEN / "events.ndjson"


def _written(read: Event | UnknownEvent) -> bytes:
    return encode(read) if isinstance(read, Event) else f'{{"unknown":"{read.type}"}}'.encode()


def test_the_messages_are_these_events() -> None:
    read = [_written(import_line(line)) for line in MESSAGES.read_bytes().splitlines()]

    if os.environ.get("EVENHAND_GOLDEN") == "write":
        EVENTS.write_bytes(b"".join(line + b"\n" for line in read))
    assert read == EVENTS.read_bytes().splitlines()


def test_the_file_is_read_without_a_refusal(tmp_path: Path) -> None:
    tally = Tally()

    with DeadLetter(tmp_path / "letters.jsonl") as letters:
        placed = list(read_events(MESSAGES, letters, tally, import_line))

    assert len(placed) == tally.lines
    assert (tally.rejected, tally.unknown_count) == (0, 9)


def test_importing_twice_is_importing_once() -> None:
    lines = MESSAGES.read_bytes().splitlines()

    first = [import_line(line) for line in lines]
    second = [import_line(line) for line in lines]

    assert first == second


def test_a_stage_told_twice_is_one_event() -> None:
    events = [import_line(line) for line in MESSAGES.read_bytes().splitlines()]
    ids = [event.id for event in events if isinstance(event, Event)]

    # The bonus was both `Created` and `Pending`: one offer. Everything else is its own event.
    assert len(ids) - len(set(ids)) == 1
