"""Lines appended so that a crash leaves whole ones. Way: alerts, dead letters -> here -> files.

Several workers of one machine may append to one file: each holds its lock while it writes, and cuts
off what a process that died in the middle of a write left behind.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 16


def append_lines(path: Path, lines: Sequence[bytes]) -> None:
    """Append lines (without breaks) and return once the disc has them.

    Raises:
        OSError: the file cannot be written.
    """
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _cut_torn_end(file)
        file.write(b"".join(line + b"\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def whole_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file that were written to their end; none if there is no file."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line[:-1]


def _cut_torn_end(file: BinaryIO) -> None:
    """Cut the file after its last line break. The lock is held, so nobody is still writing."""
    end = file.seek(0, os.SEEK_END)
    place = end
    while place > 0:
        start = max(0, place - _BLOCK)
        file.seek(start)
        found = file.read(place - start).rfind(b"\n")
        if found >= 0:
            place = start + found + 1
            break
        place = start
    if place < end:
        file.truncate(place)
