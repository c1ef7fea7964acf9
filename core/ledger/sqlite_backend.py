"""The ledger in one SQLite file, for one machine. Way: ledger -> here -> file.

One writer at a time is SQLite's own rule, so its lock stands for the locks of all wallets. A commit
is on disc when it returns (`synchronous = FULL`); `NORMAL` may lose the last commits when the
machine loses power, and only then.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, repeat
from pathlib import Path
from types import GenericAlias
from typing import Any

import msgspec

from core.errors import EvenhandError
from core.ledger.backend import BrokenLedgerError
from core.ledger.books import Books, Wanted
from core.ledger.calls import RetryableError
from core.ledger.chained import append_to
from core.ledger.row import Key, Row
from core.ledger.rows import Account, Leg, Wallet
from core.ledger.rule_rows import Logged
from core.ledger.schema import columns_of

BUSY_S = 10.0
KEYS_AT_ONCE = 64
_STATEMENTS = 512
"""Prepared statements kept: every kind of row by numbers of keys."""
_SETTINGS = ("cache_size = -65536", "wal_autocheckpoint = 8000")
"""64 MiB of pages in memory; 32 MiB of log before pages go to their places, each then once only
however many bets have changed it."""


class SqliteTransaction:
    """An open transaction on a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def load(self, wanted: Wanted, ids: int) -> Books:
        """Return the rows there are, and fresh ids."""
        rows: list[Row] = []
        players = sorted((player,) for player in wanted.players)
        rows += self._found(Wallet, ("player",), players)
        rows += self._found(Account, ("player", "currency"), sorted(wanted.accounts))
        for kind, keys in wanted.keys.items():
            rows += self._found(kind, kind.key_columns, sorted(keys))
        for kind in wanted.of_players:
            active = [(*player, "active") for player in players]
            rows += self._found(kind, ("player", "state"), active)
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
        by_kind: dict[type[Row], list[Row]] = {}
        for row in rows:
            by_kind.setdefault(type(row), []).append(row)
        logged = by_kind.pop(Logged, [])
        for kind, some in by_kind.items():
            self._connection.executemany(_written(kind), map(msgspec.structs.astuple, some))
        append_to(self._connection, [row for row in logged if isinstance(row, Logged)])

    def _found(
        self, kind: type[Row], columns: tuple[str, ...], keys: Sequence[Key]
    ) -> Iterator[Row]:
        """Yield the rows that have one of the keys in some columns.

        Asking for many at once is three times as fast; the numbers of keys are few, so that the
        statements stay prepared: the last key fills up.
        """
        for at in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[at : at + KEYS_AT_ONCE]
            size = 1 << (len(some) - 1).bit_length()
            full = chain(some, repeat(some[-1], size - len(some)))
            asked = self._connection.execute(
                _read(kind, columns, size), tuple(chain.from_iterable(full))
            )
            yield from msgspec.convert(asked.fetchall(), _rows_of(kind))


class SqliteBackend:
    """A `LedgerBackend` on a file that `core.ledger.migrate` has made.

    Raises:
        NotReadyError: the file holds no ledger of this version.
    """

    def __init__(self, path: Path, *, synchronous: str = "FULL") -> None:
        self._connection = sqlite3.connect(
            path, timeout=BUSY_S, isolation_level=None, check_same_thread=False,
            cached_statements=_STATEMENTS,
        )  # fmt: skip
        self._connection.execute("PRAGMA journal_mode = WAL")
        for setting in (f"synchronous = {synchronous}", *_SETTINGS):
            self._connection.execute(f"PRAGMA {setting}")
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
    sums: dict[tuple[int, str], int] = {}
    for leg in legs:
        place = leg.movement_id, leg.currency
        sums[place] = sums.get(place, 0) + leg.amount
    for (movement, currency), total in sums.items():
        if total:
            raise BrokenLedgerError(
                f"the legs of movement {movement} do not sum to zero but to {total} {currency}"
            )


@cache
def _rows_of(kind: type[Row]) -> Any:
    return GenericAlias(list, (kind,))


@cache
def _read(kind: type[Row], columns: tuple[str, ...], keys: int) -> str:
    names = ", ".join(f't."{name}"' for name in columns_of(kind))
    if keys == 1:
        met = " AND ".join(f't."{name}" = ?' for name in columns)
        return f'SELECT {names} FROM "{kind.table}" t WHERE {met}'
    key = f"({', '.join('?' * len(columns))})"
    named = ", ".join(f"k{place}" for place in range(len(columns)))
    met = " AND ".join(f't."{name}" = k{place}' for place, name in enumerate(columns))
    return (
        f"WITH k({named}) AS (VALUES {', '.join([key] * keys)}) "
        f'SELECT {names} FROM k CROSS JOIN "{kind.table}" t ON {met}'
    )


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
