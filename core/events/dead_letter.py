"""Where refused input is kept, with its reason, until somebody mends it. Way: readers -> here.

One JSON object a line: reason, source_file, line (from 1), offset (bytes), encoding, raw. Nothing
is lost: `letters` gives the raw lines back, so a mended letter can be fed again.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal

import msgspec

from core.errors import SourceError


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A refused line. `raw` is text, or base64 where the bytes are no UTF-8.

    `cut` is true where the line was too long to keep: `raw` is then its beginning only, and the
    rest still lies in `source_file` at `offset`.
    """

    reason: str
    source_file: str
    line: int
    offset: int
    encoding: Literal["utf-8", "base64"]
    raw: str
    cut: bool = False

    def raw_bytes(self) -> bytes:
        """Return the line as it came."""
        return base64.b64decode(self.raw) if self.encoding == "base64" else self.raw.encode()


class DeadLetter:
    """Writes letters to a file; the file appears with the first one, later runs append."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> DeadLetter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def reject(self, raw: bytes, reason: str, source_file: str, line: int, offset: int) -> None:
        """Keep one refused line."""
        encoding, text = _as_text(raw)
        self.keep(
            Letter(
                reason=reason,
                source_file=source_file,
                line=line,
                offset=offset,
                encoding=encoding,
                raw=text,
            )
        )

    def keep(self, letter: Letter) -> None:
        """Keep a letter made elsewhere."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
        self._file.write(msgspec.json.encode(letter) + b"\n")
        self.count += 1


def letters(path: Path) -> Iterator[Letter]:
    """Read a dead-letter file back.

    Raises:
        SourceError: a line is no letter (the file was mended by hand and broken).
    """
    decoder = msgspec.json.Decoder(Letter)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise SourceError(
                    f"{path}, line {number}: {error}", expected="a dead letter"
                ) from error


def _as_text(raw: bytes) -> tuple[Literal["utf-8", "base64"], str]:
    try:
        return "utf-8", raw.decode()
    except UnicodeDecodeError:
        return "base64", base64.b64encode(raw).decode()
