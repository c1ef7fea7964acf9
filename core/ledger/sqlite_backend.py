"""The ledger in one SQLite file, for one machine. Way: ledger -> here -> file.

One writer at a time is SQLite's own rule, so its lock stands for the locks of all wallets. A commit
is on disc when it returns (`synchronous = FULL`); `NORMAL` may lose the last commits when the
machine loses power, and only then.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from core.errors import EvenhandError
from core.ledger.backend import BrokenLedgerError
from core.ledger.books import Books, Wanted
from core.ledger.calls import RetryableError
from core.ledger.chained import append_to
from core.ledger.rows import Account, Leg, Logged, Row, Wallet
from core.ledger.schema import columns_of

BUSY_S = 10.0


class SqliteTransaction:
    """An open transaction on a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def load(self, wanted: Wanted, ids: int) -> Books:
        """Return the rows there are, and fresh ids."""
        rows: list[Row] = []
        for player in sorted(wanted.players):
            rows += self._found(Wallet, ("player",), player)
        for owner in sorted(wanted.accounts):
            rows += self._found(Account, ("player", "currency"), *owner)
        for kind, keys in wanted.keys.items():
            for key in sorted(keys):
                rows += self._found(kind, kind.key_columns, *key)
        for kind in wanted.of_players:
            for player in sorted(wanted.players):
                rows += self._found(kind, ("player", "state"), player, "active")
        if not ids:
            return Books(rows, ())  # a look writes nothing, so there is nothing to flush
        [(last,)] = self._connection.execute(
            "UPDATE ledger_ids SET last_id = last_id + ? RETURNING last_id", (ids,)
        ).fetchall()
        return Books(rows, range(last - ids + 1, last + 1))

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows, kind by kind.

        Raises:
            BrokenLedgerError: legs do not sum to zero; PostgreSQL has a trigger for it.
        """
        _check_sums(row for row in rows if isinstance(row, Leg))
        by_kind: dict[type[Row], list[tuple[object, ...]]] = {}
        logged = [row for row in rows if isinstance(row, Logged)]
        for row in rows:
            if isinstance(row, Logged):
                continue
            values = tuple(getattr(row, name) for name in columns_of(type(row)))
            by_kind.setdefault(type(row), []).append(values)
        for kind, lines in by_kind.items():
            self._connection.executemany(_written(kind), lines)
        append_to(self._connection, logged)

    def _found(self, kind: type[Row], columns: tuple[str, ...], *key: object) -> list[Row]:
        names = columns_of(kind)
        return [
            kind(**dict(zip(names, values, strict=True)))
            for values in self._connection.execute(_read(kind, columns), key)
        ]


class SqliteBackend:
    """A `LedgerBackend` on a file that `core.ledger.migrate` has made.

    Raises:
        NotReadyError: the file holds no ledger of this version.
    """

    def __init__(self, path: Path, *, synchronous: str = "FULL") -> None:
        self._connection = sqlite3.connect(
            path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA synchronous = {synchronous}")
        self._turn = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Begin a transaction and commit it at the end; wait for another writer, but not long."""
        with self._turn:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield SqliteTransaction(self._connection)
                self._connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise RetryableError(
                    f"the ledger's file does not answer: {error}", hint="ask again"
                ) from error
            except sqlite3.IntegrityError as error:
                raise _failure(error) from error
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _failure(error: sqlite3.IntegrityError) -> EvenhandError:
    twins = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)
    if error.sqlite_errorcode in twins:
        return RetryableError(f"written by another: {error}", hint="ask again")
    return BrokenLedgerError(f"the ledger's file refuses: {error}")


def _check_sums(legs: Iterable[Leg]) -> None:
    sums: Counter[tuple[int, str]] = Counter()
    for leg in legs:
        sums[leg.movement_id, leg.currency] += leg.amount
    for (movement, currency), total in sums.items():
        if total:
            raise BrokenLedgerError(
                f"the legs of movement {movement} do not sum to zero but to {total} {currency}"
            )


@cache
def _read(kind: type[Row], columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns_of(kind))
    met = " AND ".join(f'"{name}" = ?' for name in columns)
    return f'SELECT {names} FROM "{kind.table}" WHERE {met}'


@cache
def _written(kind: type[Row]) -> str:
    names = columns_of(kind)
    said = f'INSERT INTO "{kind.table}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'
    if kind.is_appended:
        return said
    changed = ", ".join(
        f"{name} = excluded.{name}" for name in names if name not in kind.key_columns
    )
    return f"{said} ON CONFLICT ({', '.join(kind.key_columns)}) DO UPDATE SET {changed}"
