"""What the ledger needs of a database. Way: ledger -> here -> sqlite_backend, postgres_backend.

A transaction locks the wallets of all players of its calls, in order of their ids, loads what may
be needed, and writes what has changed. Whoever cannot go on raises `RetryableError`: nothing was
done, or the commit's fate is unknown; asking again with the same ids is right in both cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from core.errors import EvenhandError
from core.ledger.books import Books, Wanted
from core.ledger.row import Row


class BrokenLedgerError(EvenhandError):
    """What was to be written breaks what the tables promise: nothing was done, nor ever will be.

    A fund below zero, legs that do not sum to zero, a change of what is append-only, a character
    the database cannot keep.
    """


class LedgerTransaction(Protocol):
    """One open transaction; it commits when its context ends without an exception."""

    def load(self, wanted: Wanted, ids: int) -> Books:
        """Lock the wanted players' wallets and return the rows there are, and fresh ids."""
        ...

    def write(self, rows: Sequence[Row]) -> None:
        """Write appended rows as new and the others in their places."""
        ...


class LedgerBackend(Protocol):
    """A database that holds a ledger."""

    def transaction(self) -> AbstractContextManager[LedgerTransaction]:
        """Begin a transaction.

        Raises:
            RetryableError: the database cannot be written now, or another one wrote the same ids.
            BrokenLedgerError: a row breaks what the tables promise.
        """
        ...

    def close(self) -> None:
        """Let go of connections; closing again does nothing."""
        ...
