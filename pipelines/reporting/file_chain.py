"""Which files an export consists of, each covering the one before. Way: exporting -> chain.json.

    hash = sha256(prev_hash ":" the entry without its hashes, as JSON with sorted keys)

The first `prev_hash` is 64 zeros. A file taken out, changed or put in between breaks the chain from
there on. An entry without a file says why a kind has none.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from core.errors import SourceError

CHAIN = "chain.json"
GENESIS = "0" * 64


class ChainEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One file; `known_us` is the instant its facts were known by, `period` what was exported."""

    seq: int
    batch: int
    kind: str
    day: str = ""
    period: str
    known_us: int
    is_provisional: bool = False
    file: str = ""
    records: int = 0
    sha256: str = ""
    reason: str = ""
    prev_hash: str = GENESIS
    hash: str = ""


class FileChain(msgspec.Struct, frozen=True, kw_only=True):
    """The chain of one pack's export."""

    schema_version: int = 1
    pack: str
    entries: tuple[ChainEntry, ...] = ()

    @property
    def batch(self) -> int:
        """How many exports there were."""
        return self.entries[-1].batch if self.entries else 0


def linked(entry: ChainEntry, prev_hash: str) -> ChainEntry:
    """Return an entry with its hashes."""
    bare = msgspec.structs.replace(entry, prev_hash="", hash="")
    said = f"{prev_hash}:".encode() + msgspec.json.encode(bare, order="sorted")
    return msgspec.structs.replace(entry, prev_hash=prev_hash, hash=sha256(said).hexdigest())


def added(chain: FileChain, entries: Sequence[ChainEntry]) -> FileChain:
    """Return a chain with entries at its end, numbered and linked."""
    found = list(chain.entries)
    for entry in entries:
        last = found[-1].hash if found else GENESIS
        found.append(linked(msgspec.structs.replace(entry, seq=len(found) + 1), last))
    return msgspec.structs.replace(chain, entries=tuple(found))


def read_chain(folder: Path, pack: str = "") -> FileChain:
    """Read a folder's chain; one that has not begun is empty.

    Raises:
        SourceError: it is none, or another pack's.
    """
    path = folder / CHAIN
    if not path.exists():
        return FileChain(pack=pack)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=FileChain, strict=True)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} is no chain of files: {error}") from error
    if pack and found.pack != pack:
        raise SourceError(f"{path} is of {found.pack}", expected=pack)
    return found


def write_chain(folder: Path, chain: FileChain) -> None:
    """Replace a folder's chain: this is the commit of an export."""
    fresh = folder / f"{CHAIN}.next"
    with fresh.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(chain), indent=1))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / CHAIN)


def first_broken(folder: Path) -> str:
    """Return what is broken first, in order of the chain; "" if all is as it was made.

    Raises:
        SourceError: as `read_chain`.
    """
    last = GENESIS
    for number, entry in enumerate(read_chain(folder).entries, 1):
        name = f"entry {number}" + (f", {entry.file}" if entry.file else "")
        if entry.seq != number or entry != linked(entry, last):
            return f"{name}: the chain is broken here"
        if entry.file and not (folder / entry.file).is_file():
            return f"{name}: the file is missing"
        if entry.file and _digest(folder / entry.file) != entry.sha256:
            return f"{name}: the file is not what was made"
        last = entry.hash
    return ""


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
