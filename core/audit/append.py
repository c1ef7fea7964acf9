"""Adds to a log, in the caller's transaction. Way: stores, verbs -> here -> audit_entry.

The chain's head is locked until that transaction ends, so append last: another writer of the chain
waits for the commit. Under the lock numbers have no gap, and what is rolled back leaves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import insert, select, text, update
from sqlalchemy.engine import Connection

from core.audit.chain import chained
from core.audit.entry import GENESIS, Body, Head, body_of, check_chain
from core.audit.tables import ENTRY, HEAD

_BEGUN = text(
    "INSERT INTO audit_head (chain, seq, hash) SELECT CAST(:chain AS TEXT), 0, CAST(:hash AS TEXT) "
    "WHERE NOT EXISTS (SELECT 1 FROM audit_head WHERE chain = :chain) ON CONFLICT DO NOTHING"
)
"""Begins a chain that is not there. In SQLite it takes the file's lock, whether it does or not."""


def append(connection: Connection, chain: str, bodies: Iterable[object]) -> Head:
    """Append bodies to a chain, in order; return its head.

    A body is a `Body` or what `body_of` makes one of. In SQLite begin the transaction with `BEGIN
    IMMEDIATE`: a file that was read before it was locked may have been written in between.

    Raises:
        LogError: a body or the chain's name is none the log can keep.
    """
    return append_all(connection, {chain: bodies})[chain]


def append_all(connection: Connection, bodies: Mapping[str, Iterable[object]]) -> dict[str, Head]:
    """Append to several chains, locked in order of their names; return their heads.

    Raises:
        LogError: as `append`; nothing is written.
    """
    said = {check_chain(chain): list(map(_body, bodies[chain])) for chain in sorted(bodies)}
    return {chain: _appended(connection, chain, texts) for chain, texts in said.items()}


def _body(value: object) -> Body:
    return value if isinstance(value, Body) else body_of(value)


def _appended(connection: Connection, chain: str, bodies: list[Body]) -> Head:
    connection.execute(_BEGUN, {"chain": chain, "hash": GENESIS})
    is_it = HEAD.c.chain == chain
    locked = select(HEAD.c.seq, HEAD.c.hash).where(is_it).with_for_update()
    head = Head(chain, *connection.execute(locked).one())
    entries = list(chained(head, bodies))
    if not entries:
        return head
    connection.execute(insert(ENTRY), [msgspec.structs.asdict(entry) for entry in entries])
    last = Head(chain, entries[-1].seq, entries[-1].hash)
    connection.execute(update(HEAD).where(is_it).values(seq=last.seq, hash=last.hash))
    return last
