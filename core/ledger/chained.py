"""Log entries among the rows of a transaction, chained as they are written. Way: backends -> here.

PostgreSQL chains them by its own function (`core.audit.postgres_function`); a file has one writer,
so its chain's head is simply read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from core.audit.chain import chained
from core.audit.entry import GENESIS, Body, Head
from core.ledger.rule_rows import Logged

_ENTRY = (
    "INSERT INTO audit_entry (chain, seq, body, prev_hash, hash, at_us, player, event, rule_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_BEGUN = "INSERT INTO audit_head (seq, hash, chain) VALUES (?, ?, ?)"
_MOVED = "UPDATE audit_head SET seq = ?, hash = ? WHERE chain = ?"


def bodies_of(rows: Iterable[Logged]) -> dict[str, list[Body]]:
    """Return the bodies by their chains, in the order they were entered."""
    found: dict[str, list[Body]] = {}
    for row in sorted(rows, key=lambda row: row.number):
        body = Body(row.body, row.at_us, row.player, row.event, row.rule_id)
        found.setdefault(row.chain, []).append(body)
    return found


def append_to(connection: sqlite3.Connection, rows: Sequence[Logged]) -> None:
    """Append to the chains of a file, within the transaction that is open."""
    for chain, bodies in sorted(bodies_of(rows).items()):
        asked = connection.execute("SELECT seq, hash FROM audit_head WHERE chain = ?", (chain,))
        known = asked.fetchone()
        head = Head(chain, *known) if known else Head(chain, 0, GENESIS)
        entries = list(chained(head, bodies))
        connection.executemany(_ENTRY, [msgspec.structs.astuple(entry) for entry in entries])
        last = entries[-1]
        connection.execute(_MOVED if known else _BEGUN, (last.seq, last.hash, chain))
