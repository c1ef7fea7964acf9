"""What a report was made of, and what it came to. Way: making -> manifest.json -> verify, restate.

A manifest says nothing of when or where it was written: the same facts, known by the same instant,
give the same bytes. `hash` covers all the rest; `previous` is the hash of the report it restates.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from core.errors import SourceError

MANIFEST = "manifest.json"


class MadeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the report, by its SHA-256."""

    name: str
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Instants are UTC microseconds; days are local. `facts` by kind: their count and digest."""

    schema_version: int = 1
    report: str
    pack: str
    pack_version: str
    pack_hash: str
    period: str
    first: str
    last: str
    timezone: str
    currency: str
    base_currency: str
    known_us: int
    is_provisional: bool
    applies: tuple[str, ...]
    shares_off: dict[str, str]
    code_version: str
    facts: dict[str, dict[str, str]]
    gaps: tuple[str, ...]
    unplaced: dict[str, int]
    unconverted: dict[str, int]
    has_players: bool
    files: tuple[MadeFile, ...]
    previous: str = ""
    hash: str = ""


def sealed(manifest: Manifest) -> Manifest:
    """Return a manifest with its hash."""
    return msgspec.structs.replace(manifest, hash=hash_of(manifest))


def hash_of(manifest: Manifest) -> str:
    """Return the hash of all a manifest says but its hash."""
    bare = msgspec.structs.replace(manifest, hash="")
    return sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()


def write(manifest: Manifest, folder: Path) -> None:
    """Write the manifest, indented and in one form."""
    text = msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=1)
    (folder / MANIFEST).write_bytes(text + b"\n")


def read(path: Path) -> Manifest:
    """Read a manifest, or that of a folder.

    Raises:
        SourceError: it is none, or it is not what was sealed.
    """
    file = path / MANIFEST if path.is_dir() else path
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Manifest, strict=True)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SourceError(f"{file} is no manifest of a report: {error}") from error
    if found.hash != hash_of(found):
        raise SourceError(f"{file} is not what was sealed", expected=f"the hash {hash_of(found)}")
    return found


def broken_files(folder: Path) -> list[str]:
    """Return what in a report's folder is not as its manifest says, in order of the files.

    Raises:
        SourceError: as `read`.
    """
    found = []
    for one in read(folder).files:
        path = folder / one.name
        if not path.is_file():
            found.append(f"{one.name} is missing")
        elif sha256(path.read_bytes()).hexdigest() != one.sha256:
            found.append(f"{one.name} is not what was made")
    return found
