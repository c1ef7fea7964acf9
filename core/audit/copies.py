"""Checkpoints kept a second time, on another device: a file of JSON lines that only grows.

Way: `evenhand log checkpoint --copy DIR` -> here -> DIR/checkpoints.jsonl -> `evenhand verify-log
--checkpoints DIR`. New Jersey wants a copy of logs on an independent device; this one also tells of
a tail that was cut off together with its checkpoints. A folder serves one database.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from core.audit.canonical import canonical
from core.audit.checkpoint import Checkpoint, flaw_of
from core.audit.keys import PublicKeys
from core.errors import NotReadyError, SourceError

FILE = "checkpoints.jsonl"


def copies_in(folder: Path) -> list[Checkpoint]:
    """Return the checkpoints of a copy, in the order they came.

    A line that a crash cut short is passed over where the same line follows, whole, or nothing.

    Raises:
        NotReadyError: there is no copy.
        SourceError: a line is no checkpoint.
    """
    path = folder / FILE
    if not path.is_file():
        raise NotReadyError(f"no {FILE} in {folder}", hint="evenhand log checkpoint --copy DIR")
    *whole, _torn = path.read_bytes().split(b"\n")
    found: dict[Checkpoint, None] = {}
    for number, line in enumerate(whole):
        try:
            found[_read(line)] = None
        except (msgspec.DecodeError, ValueError) as error:
            after = whole[number + 1] if number + 1 < len(whole) else None
            if after is None or not after.startswith(line):
                said = f"{path}:{number + 1} is no checkpoint: {error}"
                raise SourceError(said, expected="as it was written") from error
    return list(found)


def believed_copies(folder: Path, keys: PublicKeys) -> list[Checkpoint]:
    """Return the checkpoints of a copy, each of them signed by a listed key.

    Raises:
        NotReadyError: there is no copy.
        SourceError: a line is no checkpoint, or none that was signed.
    """
    found = copies_in(folder)
    for checkpoint in found:
        if flaw := flaw_of(checkpoint, keys):
            raise SourceError(
                f"{folder / FILE}, {checkpoint.chain} up to {checkpoint.seq}: {flaw}",
                expected="as it was written", hint="this copy proves nothing: take another",
            )  # fmt: skip
    return found


def keep_copies(folder: Path, checkpoints: Iterable[Checkpoint]) -> int:
    """Add the checkpoints a copy lacks; return how many. They are on its disc when this returns."""
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    there = set(copies_in(folder)) if path.is_file() else set()
    lines = [canonical(c) for c in checkpoints if c not in there]
    if not lines:
        return 0
    end = "\n" if _is_torn(path) else ""
    with path.open("ab") as file:
        file.write((end + "".join(f"{line}\n" for line in lines)).encode())
        file.flush()
        os.fsync(file.fileno())
    return len(lines)


def _read(line: bytes) -> Checkpoint:
    """Read a line; one that says the same in other bytes was changed too."""
    checkpoint = msgspec.json.decode(line, type=Checkpoint)
    if canonical(checkpoint).encode() != line:
        raise ValueError("not in the one form of its content")
    return checkpoint


def _is_torn(path: Path) -> bool:
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"
