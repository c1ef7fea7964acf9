"""A ledger whose process dies at a chosen point of its talk with the database.

SQLite: before any statement from BEGIN to COMMIT, or just after the commit. PostgreSQL: before any
question, or when its answer is on the way. Afterwards the ledger is opened anew, as by a new
process. What the dead one had not committed, the database forgets by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.ledger.backend import LedgerBackend
from core.ledger.postgres_backend import PostgresBackend
from core.ledger.postgres_pool import PostgresConnection
from core.ledger.sqlite_backend import SqliteBackend


class Died(BaseException):  # no code may catch it as an error
    """The process ended here."""


class Fuse:
    """Counts boundaries and dies at the one it was set to; then nothing works any more."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.is_dead = False
        self.has_committed = False

    def burn(self) -> None:
        """Pass a boundary."""
        if self.left is not None:
            self.left -= 1
            self.is_dead = self.is_dead or self.left < 0
        if self.is_dead:
            raise Died


class FusedConnection:
    """SQLite's connection with a boundary before every statement and after the commit."""

    def __init__(self, raw: sqlite3.Connection, fuse: Fuse) -> None:
        self._raw, self._fuse = raw, fuse

    @property
    def in_transaction(self) -> bool:
        return self._raw.in_transaction and not self._fuse.is_dead

    def execute(self, statement: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        self._fuse.burn()
        found = self._raw.execute(statement, tuple(values))
        if statement == "COMMIT":
            self._fuse.has_committed = True
            self._fuse.burn()
        return found

    def executemany(self, statement: str, lines: Iterable[tuple[Any, ...]]) -> None:
        for line in lines:
            self.execute(statement, line)

    def close(self) -> None:
        self._raw.close()


class FusedPostgres(PostgresConnection):
    """A connection with a boundary before every question and after every answer."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        super().__init__(url)
        self._fuse = fuse

    def ask(self, script: bytes) -> tuple[bytes | None, bytes]:
        self._fuse.burn()
        answer = super().ask(script)
        self._fuse.has_committed |= script.endswith(b"COMMIT")
        self._fuse.burn()
        return answer


class FusedPool:
    """Lends the one connection of a process that may die; nobody says ROLLBACK for the dead."""

    def __init__(self, url: str, fuse: Fuse) -> None:
        self._lent = FusedPostgres(url, fuse)

    @contextmanager
    def connection(self) -> Iterator[PostgresConnection]:
        yield self._lent

    def close(self) -> None:
        self._lent.close()


class MortalLedger:
    """The ledger at an address, opened by processes of which each may die."""

    def __init__(self, url: str) -> None:
        self.url, self.fuse = url, Fuse()
        self.backend = self._open()

    def die_after(self, boundaries: int) -> None:
        """Let this process die when it has passed so many boundaries."""
        self.fuse.left, self.fuse.has_committed = boundaries, False

    def live(self) -> None:
        """Let this process live on."""
        self.fuse.left = None

    def open_again(self) -> None:
        """Start another process on the same database."""
        self.backend.close()
        self.fuse = Fuse()
        self.backend = self._open()

    def _open(self) -> LedgerBackend:
        if self.url.startswith("postgresql"):
            backend = PostgresBackend(self.url, connections=1)
            pool: Any = FusedPool(self.url, self.fuse)
            backend._pool = pool
            return backend
        file = SqliteBackend(Path(self.url.removeprefix("sqlite:///")), synchronous="OFF")
        raw: Any = FusedConnection(file._connection, self.fuse)
        file._connection = raw
        return file
