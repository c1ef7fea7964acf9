"""Sealed documents in a folder of the region. Way: vault -> here -> bucket.

A blob is whole before its row is written and goes after its row is destroyed. A crash in between
leaves bytes that no key opens; `sweep` takes them away.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from core.kyc.errors import SealError

_ENDING = ".sealed"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A folder; a blob lies under its record's id."""

    folder: Path

    def put(self, record_id: str, sealed: bytes) -> str:
        """Write a blob durably; return its hash."""
        path = self._path(record_id)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".next")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return sha256(sealed).hexdigest()

    def get(self, record_id: str, blob_hash: str) -> bytes:
        """Return a blob.

        Raises:
            SealError: it is missing, or not the one that was put.
        """
        try:
            sealed = self._path(record_id).read_bytes()
        except FileNotFoundError:
            raise SealError(
                f"the document of record {record_id} is not in its bucket",
                hint="restore it from a backup of the bucket",
            ) from None
        if sha256(sealed).hexdigest() != blob_hash:
            raise SealError(f"the document of record {record_id} is not the one that was put",
                            hint="restore it from a backup of the bucket")  # fmt: skip
        return sealed

    def delete(self, record_id: str) -> None:
        """Remove a blob; gone already is well."""
        self._path(record_id).unlink(missing_ok=True)

    def has(self, record_id: str) -> bool:
        """Say whether a blob is there."""
        return self._path(record_id).exists()

    def ids(self) -> Iterator[str]:
        """Yield the ids of the blobs there are."""
        for path in sorted(self.folder.glob(f"*/*{_ENDING}")):
            yield path.stem

    def sweep(self, kept: Container[str]) -> int:
        """Remove blobs of records that are not kept; return how many. Nobody may be putting."""
        gone = [name for name in self.ids() if name not in kept]
        for name in gone:
            self.delete(name)
        return len(gone)

    def _path(self, record_id: str) -> Path:
        return self.folder / record_id[:2] / f"{record_id}{_ENDING}"
