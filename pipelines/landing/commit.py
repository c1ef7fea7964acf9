"""One writer at a time, all or nothing. Way: settle, compact -> here -> warehouse folders.

Order of a commit: files are written in `.staging`, renamed into their folders (where no reader
looks at them yet), then the manifest is replaced (the commit), then merged-away files are removed.
A crash before the manifest leaves the old warehouse, a crash after it the new one; what either
leaves lying about is swept by the next writer.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from features.manifest import (
    OWN_PREFIX,
    Manifest,
    Part,
    Position,
    read_manifest,
    write_manifest,
)

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class WarehouseWriter:
    """Collects finished files, the files they replace and log positions; commits them together."""

    warehouse: Path
    manifest: Manifest
    _added: dict[str, dict[str, Part]] = field(default_factory=dict)
    _removed: set[tuple[str, str]] = field(default_factory=set)
    _moved: dict[str, dict[int, Position]] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The version this writer is making."""
        return self.manifest.version + 1

    @property
    def staging(self) -> Path:
        """Where unfinished files lie; nobody reads there."""
        return self.warehouse / ".staging"

    def staged(self, fact: str, folder: str) -> Path:
        """Return where to write the file this commit adds to a fact's folder."""
        path = self.staging / fact / self._name(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def add(self, fact: str, folder: str, part: Part) -> None:
        """Take the staged file of a folder into the commit."""
        self._added.setdefault(fact, {})[self._name(folder)] = part

    def remove(self, fact: str, path: str) -> None:
        """Drop a file whose facts stand in an added one."""
        self._removed.add((fact, path))

    def advance(self, log: str, positions: Mapping[int, Position]) -> None:
        """Say, with the commit, how far partitions of a log have landed."""
        self._moved.setdefault(log, {}).update(positions)

    def commit(self) -> Manifest:
        """Make everything added visible, and everything removed invisible, at one instant."""
        if not self._added and not self._removed and not self._moved:
            return self.manifest
        for fact, parts in self._added.items():
            for path in parts:
                self._put_in_place(fact, path)
        fresh = Manifest(self.version, self._merged(), self._positions())
        write_manifest(self.warehouse, fresh)
        self.manifest = fresh
        for fact, path in sorted(self._removed):
            (self.warehouse / fact / path).unlink(missing_ok=True)
        self._added, self._removed, self._moved = {}, set(), {}
        return fresh

    def _name(self, folder: str) -> str:
        return f"{folder}/{OWN_PREFIX}{self.version:08d}.parquet"

    def _put_in_place(self, fact: str, path: str) -> None:
        target = self.warehouse / fact / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.staging / fact / path).replace(target)

    def _positions(self) -> dict[str, dict[int, Position]]:
        known = self.manifest.positions
        return known | {log: known.get(log, {}) | moved for log, moved in self._moved.items()}

    def _merged(self) -> dict[str, dict[str, Part]]:
        merged: dict[str, dict[str, Part]] = {}
        for fact in sorted({*self.manifest.parts, *self._added}):
            parts = {**self.manifest.parts.get(fact, {}), **self._added.get(fact, {})}
            kept = {p: part for p, part in sorted(parts.items()) if (fact, p) not in self._removed}
            merged[fact] = kept
        return merged


@contextmanager
def writing(warehouse: Path) -> Iterator[WarehouseWriter]:
    """Hold the warehouse for writing; wait for another writer, sweep what a crash left."""
    warehouse.mkdir(parents=True, exist_ok=True)
    with (warehouse / ".lock").open("w") as lock:
        _take(lock, warehouse)
        writer = WarehouseWriter(warehouse, read_manifest(warehouse))
        _sweep(writer)
        try:
            yield writer
        finally:
            shutil.rmtree(writer.staging, ignore_errors=True)


def _take(lock: TextIO, warehouse: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _LOG.warning("another process writes %s; waiting until it is done", warehouse)
        fcntl.flock(lock, fcntl.LOCK_EX)


def _sweep(writer: WarehouseWriter) -> None:
    shutil.rmtree(writer.staging, ignore_errors=True)
    writer.staging.mkdir()
    for folder in (path for path in writer.warehouse.iterdir() if path.is_dir()):
        listed = writer.manifest.parts.get(folder.name, {})
        for path in folder.glob(f"*/{OWN_PREFIX}*.parquet"):
            if path.relative_to(folder).as_posix() not in listed:
                path.unlink()
