"""Which chains a database holds, and rows that are of none. Way: database -> here -> verbs.

A chain is one if anything tells of it: an entry, a head, a checkpoint here or a copy of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Table, func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError, OperationalError

from core.audit.broken import Break, What
from core.audit.checkpoint import Checkpoint
from core.audit.entry import is_chain
from core.audit.heads import head_of
from core.audit.stored import stored_texts
from core.audit.tables import CHECKPOINT, ENTRY, HEAD
from core.errors import NotReadyError


def chains_of(connection: Connection, copies: Iterable[Checkpoint] = ()) -> list[str]:
    """Return the names of the chains there are, sorted."""
    names = {name for table in (ENTRY, HEAD, CHECKPOINT) for name, _ in _named(connection, table)}
    return sorted({name for name in names if is_chain(name)} | {c.chain for c in copies})


def stray_breaks(connection: Connection) -> Iterator[Break]:
    """Yield what stands under a name no chain can have, such as one with a byte changed."""
    for table in (ENTRY, HEAD, CHECKPOINT):
        for name, seq in _named(connection, table):
            if not is_chain(name):
                detail = f"{table.name} has a row of a chain that cannot be"
                yield Break(repr(name), seq if type(seq) is int else 0, What.ORDER, detail)


def length_of(connection: Connection, chain: str) -> int:
    """Return how many entries a chain has by its head, for a progress bar."""
    head = head_of(connection, chain)
    return head.seq if head is not None and type(head.seq) is int else 0


def index_flaws(connection: Connection) -> list[str]:
    """Return where SQLite's file contradicts itself: rows are read by indexes, which may lie.

    PostgreSQL has `amcheck` and data checksums for it, which belong to the server.

    Raises:
        NotReadyError: the file does not answer.
    """
    if connection.dialect.name != "sqlite":
        return []
    found = list[str]()
    try:
        for table in (ENTRY, HEAD, CHECKPOINT):
            found += connection.execute(text(f"PRAGMA integrity_check({table.name})")).scalars()
    except OperationalError as error:
        raise NotReadyError(f"the file does not answer: {error.orig}") from error
    except DatabaseError as error:
        found.append(str(error.orig))
    return [line for line in found if line != "ok"]


def _named(connection: Connection, table: Table) -> list[tuple[object, object]]:
    wanted = select(table.c.chain, func.min(table.c.seq)).group_by(table.c.chain)
    with stored_texts(connection):
        return [(name, seq) for name, seq in connection.execute(wanted)]
