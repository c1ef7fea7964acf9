"""The ledger in PostgreSQL: two questions a transaction. Way: ledger -> here -> postgres_pool.

    BEGIN; ledger_load(...)    wallets locked in order of players, rows found, ids reserved
    ledger_write(...); COMMIT  rows written kind by kind, each kind in order of its keys

Nothing is lost to another transaction: a player's wallet row is locked until the commit, and so are
the references of bets and tombstones, which a provider may send for two players at once. A row that
was not there when it was looked for is inserted and never put in another's place, so of two writers
of one id the later is told to ask again. All lock and write in one order, so none waits in a ring.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from types import GenericAlias
from typing import Any

import msgspec

from core.audit.postgres_function import argument_of
from core.ledger.backend import LedgerTransaction
from core.ledger.books import Books, Wanted
from core.ledger.calls import RetryableError
from core.ledger.chained import bodies_of
from core.ledger.postgres_pool import PostgresConnection, PostgresPool, quoted
from core.ledger.row import Key, Row
from core.ledger.rows import ROWS, Account, Bet, Tombstone
from core.ledger.rule_rows import Logged
from core.typed_json import reader_of

IDS_A_BLOCK = 16
"""By how much the sequence `ledger_ids` rises: one value stands for as many ids."""
CONNECTIONS = 8
_BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT ledger_load(%b)"
_LOAD = b"SELECT ledger_load(%b)"
_WRITE = b"SELECT ledger_write(%b, %b)"
_APPEND = b"SELECT audit_append(%b)"


class PostgresTransaction:
    """A transaction from its first question on; rows wait to be written with the commit."""

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection
        self._looked_for, self._there = list[Wanted](), list[Row]()
        self._rows: list[Row] = []

    def load(self, wanted: Wanted, ids: int) -> Books:
        """Lock wallets and references; return the rows there are, and fresh ids."""
        self.flush()
        asked = quoted(_asked(wanted, ids))
        answer, _ = self._connection.ask((_BEGIN if self._connection.is_idle else _LOAD) % asked)
        found = reader_of(_answer_type()).decode(answer or b"{}")
        rows = [row for table in found.__struct_fields__[1:] for row in getattr(found, table)]
        self._looked_for.append(wanted)
        self._there += rows
        blocks = (range(first, first + IDS_A_BLOCK) for first in found.ids)
        return Books(rows, [number for block in blocks for number in block])

    def write(self, rows: Sequence[Row]) -> None:
        """Take rows to be written when the transaction is committed, or before it loads more."""
        self._rows += rows

    def flush(self, *, and_commit: bool = False) -> None:
        """Write what waits; commit in the same question if asked to.

        Raises:
            RetryableError: nothing was done, or the commit's fate is unknown.
            BrokenLedgerError: a row breaks what the tables promise; nothing was done.
        """
        script = self._written() if self._rows else []
        if self._rows and self._connection.is_idle:
            script.insert(0, b"BEGIN ISOLATION LEVEL READ COMMITTED")
        if and_commit and (script or not self._connection.is_idle):
            script.append(b"COMMIT")
        if script:
            _, said = self._connection.ask(b"; ".join(script))
            self._rows = []
            if and_commit and said != b"COMMIT":
                raise RetryableError(f"PostgreSQL did not commit: {said!r}", hint="ask again")

    def _written(self) -> list[bytes]:
        last: dict[type[Row], dict[Key, Row]] = {}
        for row in self._rows:
            last.setdefault(type(row), {})[row.key] = row
        logged = last.pop(Logged, {})
        fresh, changed = dict[str, list[Row]](), dict[str, list[Row]]()
        for kind in sorted(last, key=ROWS.index):
            rows, there = last[kind], self._keys_there(kind)
            for key in sorted(rows):
                is_fresh = kind.is_appended or (key not in there and self._was_missed(kind, key))
                (fresh if is_fresh else changed).setdefault(kind.table, []).append(rows[key])
        self._there += self._rows
        parts = (quoted(msgspec.json.encode(part)) for part in (fresh, changed))
        script = [_WRITE % tuple(parts)] if last else []
        if logged:  # last: whoever appends to a chain next waits for the commit
            bodies = bodies_of(row for row in logged.values() if isinstance(row, Logged))
            script.append(_APPEND % quoted(argument_of(bodies)))
        return script

    def _keys_there(self, kind: type[Row]) -> Collection[Key]:
        """Return the keys of a kind's rows that were loaded or written; none matter if appended."""
        if kind.is_appended:
            return ()
        return {row.key for row in self._there if type(row) is kind}

    def _was_missed(self, kind: type[Row], key: Key) -> bool:
        """Return whether a row would have been loaded, had it been there."""
        return any(wanted.has(kind, key) for wanted in self._looked_for)


class PostgresBackend:
    """A `LedgerBackend` on a database that `core.ledger.migrate` has made.

    Raises:
        NotReadyError: psycopg is not installed.
    """

    def __init__(self, url: str, *, connections: int = CONNECTIONS) -> None:
        self._pool = PostgresPool(url, connections)

    @contextmanager
    def transaction(self) -> Iterator[LedgerTransaction]:
        """Begin a transaction and commit it at the end."""
        with self._pool.connection() as connection:
            transaction = PostgresTransaction(connection)
            yield transaction
            transaction.flush(and_commit=True)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def _asked(wanted: Wanted, ids: int) -> bytes:
    asked: dict[str, Any] = {kind.table: sorted(keys) for kind, keys in wanted.keys.items() if keys}
    references = {key for kind in (Bet, Tombstone) for key in wanted.keys.get(kind, ())}
    if references:
        asked["references"] = sorted(map(_number_of, references))
    if wanted.players:
        asked["players"] = sorted(wanted.players)
        asked |= {f"{kind.table}_of_players": True for kind in wanted.of_players}
    owners = wanted.accounts | {key[:2] for key in wanted.keys.get(Account, ())}
    if owners:
        asked["account"] = sorted(owners)
    return msgspec.json.encode({**asked, "blocks": -(-ids // IDS_A_BLOCK)})


def _number_of(reference: Key) -> int:
    """Return the number under which a reference is locked; two that share one only wait."""
    said = msgspec.json.encode(reference)
    return int.from_bytes(blake2b(said, digest_size=8).digest(), signed=True)


@cache
def _answer_type() -> Any:
    """Return what `ledger_load` answers: first ids of blocks, and the rows of each table."""
    named: dict[str, Any] = {kind.table: kind for kind in ROWS}
    named |= {f"{kind.table}_of_players": kind for kind in ROWS if kind.key_columns[0] == "player"}
    fields: list[tuple[str, Any, Any]] = [("ids", list[int], msgspec.field(default_factory=list))]
    for name, kind in named.items():
        rows: Any = GenericAlias(list, (kind,))
        fields.append((name, rows, msgspec.field(default_factory=list)))
    return msgspec.defstruct("Answer", fields)
