"""Which files of the warehouse count. Way: pipelines.landing writes it -> here -> features.sources.

`<warehouse>/manifest.json` names every file that landing or compaction has finished. Replacing it
is one atomic rename, so a reader sees all of a landing or none of it, and never a merged file
beside the files it was merged from. Files with another name than `landed-*.parquet` (put there by
hand) are read as they are.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from core.errors import SourceError

MANIFEST = "manifest.json"
OWN_PREFIX = "landed-"


class Part(msgspec.Struct, frozen=True):
    """One finished file: how many facts it holds and the digest of the columns it was written with.

    An older file, of before a column came, has another digest than the fact has today.
    """

    rows: int
    columns: str


class Position(msgspec.Struct, frozen=True):
    """How far a partition of an event log has landed: the next offset, and a mark of the last one.

    The mark is a digest of the last landed message ("" before any), by which another log under the
    same name is told from the one that was landed.
    """

    next: int
    last: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """Finished files by fact and by path within the fact's folder; `version` counts the commits.

    `positions` says, by log and partition, which messages the files hold the facts of already. It
    is replaced together with the files, so a message lands once whatever dies in between.
    """

    version: int = 0
    parts: dict[str, dict[str, Part]] = {}
    positions: dict[str, dict[int, Position]] = {}


def read_manifest(warehouse: Path) -> Manifest:
    """Return the manifest; a warehouse without one holds no landed facts yet."""
    path = warehouse / MANIFEST
    if not path.exists():
        return Manifest()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.DecodeError as error:
        raise SourceError(
            f"{path} is not readable: {error}",
            expected="the list of finished files",
            hint="restore it from a backup, or land the sources again into an empty warehouse",
        ) from error


def write_manifest(warehouse: Path, manifest: Manifest) -> None:
    """Replace the manifest atomically and durably: this is the commit."""
    fresh = warehouse / f"{MANIFEST}.next"
    with fresh.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(warehouse / MANIFEST)


def live_files(warehouse: Path, fact: str, manifest: Manifest) -> dict[Path, str | None]:
    """Return the files of a fact that count, with the digest of their columns where known."""
    folder = warehouse / fact
    live: dict[Path, str | None] = {
        folder / path: part.columns for path, part in manifest.parts.get(fact, {}).items()
    }
    for path in sorted(folder.glob("*/*.parquet")):
        if not path.name.startswith(OWN_PREFIX):
            live[path] = None
    return live
