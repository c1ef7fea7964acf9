"""Memories of ids on this machine's disc, so that a restart need not read a day of log again.

A file per partition, replaced atomically: where it was taken, a check that the log is still the
same one, and the memory's bytes. One that does not fit exactly is no snapshot; it is never mended.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.errors import SourceError
from core.log.event_log import Rereadable
from pipelines.stream.dedupe import Memory


class _File(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    position: int
    epoch: int
    last_entry: bytes  # digest of the entry before `position`
    memory: bytes


@dataclass(frozen=True, slots=True)
class StoredMemory:
    """A memory after every entry before `position`."""

    position: int
    memory: Memory


@dataclass(frozen=True, slots=True)
class MemorySnapshots:
    """Snapshots of one generation and epoch in a folder."""

    folder: Path
    epoch: int

    def write(self, log: Rereadable, partition: int, position: int, memory: Memory) -> None:
        """Keep a memory; an empty partition has none.

        Raises:
            LogError: the log does not answer.
            OSError: the file cannot be written.
        """
        digest = _digest_before(log, partition, position)
        if digest is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        file = _File(
            position=position, epoch=self.epoch, last_entry=digest, memory=memory.to_bytes()
        )
        fresh = self._path(partition).with_suffix(f".{os.getpid()}.next")
        with fresh.open("wb") as out:
            out.write(msgspec.msgpack.encode(file))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._path(partition))

    def read(self, log: Rereadable, partition: int, reach_us: int) -> StoredMemory | None:
        """Return the snapshot of a partition if it is one of this log, this epoch and this reach.

        Raises:
            LogError: the log does not answer.
        """
        path = self._path(partition)
        if not path.exists():
            return None
        try:
            file = msgspec.msgpack.decode(path.read_bytes(), type=_File)
            memory = Memory.from_bytes(file.memory)
        except (msgspec.MsgspecError, SourceError):
            return None
        is_same_log = _digest_before(log, partition, file.position) == file.last_entry
        fits = is_same_log and file.epoch == self.epoch and memory.reach_us == reach_us
        return StoredMemory(file.position, memory) if fits else None

    def _path(self, partition: int) -> Path:
        return self.folder / f"memory-{partition:05d}.bin"


def _digest_before(log: Rereadable, partition: int, position: int) -> bytes | None:
    """Return the digest of the entry before an offset: another log has another entry there."""
    for batch in log.read_range(partition, position - 1, position):
        for value in batch.value:
            return hashlib.sha256(value).digest()
    return None
