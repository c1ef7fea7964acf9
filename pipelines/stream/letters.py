"""Messages of the log that nobody can read, kept with their place. Way: intake -> here -> replay.

A file per partition, in the order of offsets; a message read again after a crash is not kept twice.
Files are those of one generation: what older code could not read, newer code may.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from core.errors import SourceError
from pipelines.stream.durable_lines import append_lines, whole_lines


class StreamLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is no fact: where it stands, why it was refused, and its bytes.

    `raw` is text, or base64 where the bytes are no UTF-8; mend it there to replay it.
    """

    reason: str
    partition: int
    offset: int
    key: str
    encoding: Literal["utf-8", "base64"]
    raw: str

    def raw_bytes(self) -> bytes:
        """Return the message as it came, or as it was mended."""
        return base64.b64decode(self.raw) if self.encoding == "base64" else self.raw.encode()


def letter_of(reason: str, place: tuple[int, int], key: str, value: bytes) -> StreamLetter:
    """Make a letter of a message at (partition, offset)."""
    try:
        encoding, raw = "utf-8", value.decode()
    except UnicodeDecodeError:
        encoding, raw = "base64", base64.b64encode(value).decode()
    partition, offset = place
    return StreamLetter(
        reason=reason, partition=partition, offset=offset, key=key,
        encoding="utf-8" if encoding == "utf-8" else "base64", raw=raw,
    )  # fmt: skip


@dataclass(slots=True)
class LetterBox:
    """The letters of a generation."""

    folder: Path
    _last: dict[int, int] = field(default_factory=dict)
    _waiting: dict[int, list[StreamLetter]] = field(default_factory=dict)

    def begin(self, partition: int) -> None:
        """Learn which letters of a partition are kept already."""
        self._last[partition] = max(self.offsets(partition), default=-1)

    def offsets(self, partition: int) -> set[int]:
        """Return the offsets whose letters are on disc."""
        return {letter.offset for letter in letters_in(self._path(partition))}

    def keep(self, letter: StreamLetter) -> None:
        """Keep a letter unless it is kept already."""
        if letter.offset > self._last.get(letter.partition, -1):
            self._waiting.setdefault(letter.partition, []).append(letter)
            self._last[letter.partition] = letter.offset

    def flush(self) -> None:
        """Return once all are on disc."""
        for partition, waiting in list(self._waiting.items()):
            append_lines(self._path(partition), [msgspec.json.encode(one) for one in waiting])
            del self._waiting[partition]

    def forget(self, partition: int) -> None:
        """Drop what is not yet on disc: who reads the partition next meets it again."""
        self._waiting.pop(partition, None)
        self._last.pop(partition, None)

    def _path(self, partition: int) -> Path:
        return self.folder / f"partition-{partition:05d}.jsonl"


def letters_in(path: Path) -> Iterator[StreamLetter]:
    """Yield the letters of a file; a message two workers kept is yielded once.

    Raises:
        SourceError: a line is no letter.
    """
    decoder, seen = msgspec.json.Decoder(StreamLetter), set[tuple[int, int]]()
    for number, line in enumerate(whole_lines(path), 1):
        try:
            letter = decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise SourceError(
                f"{path}, line {number}: {error}", expected="a dead letter"
            ) from error
        if (letter.partition, letter.offset) not in seen:
            seen.add((letter.partition, letter.offset))
            yield letter


def place_of(letter: StreamLetter) -> tuple[int, int]:
    """Return where the message stands: partition, offset."""
    return (letter.partition, letter.offset)


def fed_before(folder: Path) -> set[tuple[int, int]]:
    """Return the places of letters that were fed back."""
    decoder = msgspec.json.Decoder(tuple[int, int])
    return {decoder.decode(line) for line in whole_lines(folder / "fed.jsonl")}


def letters_of(folder: Path) -> Iterator[StreamLetter]:
    """Yield the letters of a generation, partition by partition."""
    for path in sorted(folder.glob("partition-*.jsonl")):
        yield from letters_in(path)


def players_waiting(folder: Path) -> set[str]:
    """Return the keys of letters that were not fed back yet."""
    fed = fed_before(folder)
    return {letter.key for letter in letters_of(folder) if place_of(letter) not in fed}
