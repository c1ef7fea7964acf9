"""A file of events, line by line, nothing lost. Way: NDJSON file -> here -> landing, validation.

Every line ends in one of three places, and the tally adds up: an event, an unknown event (both are
yielded), or a letter in the dead-letter file. Blank lines hold nothing and are counted apart. No
line is held in memory beyond the length limit, whatever the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from core.errors import EventError, SourceError
from core.events.codec import LINE_BYTES_MAX, decode
from core.events.dead_letter import DeadLetter, Letter, letters
from core.events.envelope import Event, UnknownEvent

KEPT_OF_OVERSIZE = 1024
Decoder = Callable[[bytes], Event | UnknownEvent]


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line without its break; `cut` holds the full length of one too long to read."""

    number: int
    offset: int
    raw: bytes
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """What a line said, and where it stood."""

    event: Event | UnknownEvent
    line: int
    offset: int


@dataclass(slots=True)
class Tally:
    """Counts of one reading; `accepted + unknown_count + rejected == lines`."""

    lines: int = 0
    blank: int = 0
    accepted: int = 0
    rejected: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    @property
    def unknown_count(self) -> int:
        """Lines of types nobody declared."""
        return self.unknown.total()

    def count(self, event: Event | UnknownEvent) -> None:
        """Count one line that was read."""
        if isinstance(event, UnknownEvent):
            self.unknown[event.type] += 1
        else:
            self.accepted += 1
            self.by_type[event.type] += 1


def read_events(
    path: Path, dead_letter: DeadLetter, tally: Tally, decoder: Decoder = decode
) -> Iterator[Placed]:
    """Yield what the lines of a file say; `tally` is complete when the iterator is.

    `decoder` reads one line (`core.events.codec.decode`, `core.events.fasttrack.import_line`) and
    refuses it with `EventError`.
    """
    for line in lines_of(path):
        if not line.raw.strip():
            tally.blank += 1
            continue
        tally.lines += 1
        try:
            event = _read(line, decoder)
        except EventError as error:
            tally.rejected += 1
            _refuse(dead_letter, line, path, str(error))
            continue
        tally.count(event)
        yield Placed(event, line.number, line.offset)


def lines_of(path: Path) -> Iterator[Line]:
    """Yield the physical lines of a file, reading at most the limit of each into memory."""
    with _opened(path) as file:
        number, offset = 0, 0
        while raw := file.readline(LINE_BYTES_MAX + 2):
            number += 1
            length = len(raw) if _is_whole(raw) else len(raw) + _skip_rest(file)
            body = raw.rstrip(b"\r\n")
            is_cut = len(body) > LINE_BYTES_MAX
            yield (
                Line(number, offset, body[:KEPT_OF_OVERSIZE], cut=length)
                if is_cut
                else Line(number, offset, body)
            )
            offset += length


def replay(path: Path) -> Iterator[bytes]:
    """Yield the raw lines of a dead-letter file, mended or not, to be fed again.

    Raises:
        SourceError: a letter holds only the beginning of its line.
    """
    for letter in letters(path):
        if letter.cut:
            raise SourceError(
                f"the letter of {letter.source_file}, line {letter.line} was cut",
                expected="a whole line",
                hint=f"take the line from its file at byte {letter.offset}",
            )
        yield letter.raw_bytes()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}", expected="a readable file") from error


def _is_whole(raw: bytes) -> bool:
    return raw.endswith(b"\n") or len(raw) < LINE_BYTES_MAX + 2


def _skip_rest(file: BinaryIO) -> int:
    skipped = 0
    while chunk := file.readline(LINE_BYTES_MAX):
        skipped += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return skipped


def _read(line: Line, decoder: Decoder) -> Event | UnknownEvent:
    if line.cut:
        raise EventError(f"line of {line.cut} bytes", expected=f"at most {LINE_BYTES_MAX}")
    return decoder(line.raw)


def _refuse(dead_letter: DeadLetter, line: Line, path: Path, reason: str) -> None:
    source = path.as_posix()
    if not line.cut:
        dead_letter.reject(line.raw, reason, source, line.number, line.offset)
        return
    dead_letter.keep(
        Letter(
            reason=reason,
            source_file=source,
            line=line.number,
            offset=line.offset,
            encoding="utf-8",
            raw=line.raw.decode(errors="replace"),
            cut=True,
        )
    )
