"""Reads a chain from end to end, says where it is first broken. Way: audit_entry -> here -> verbs.

Everything stored is compared: each hash is computed anew from what stands before it, columns with
the body, the end with the head, the points on the way with what checkpoints signed. Rows stream, so
a log of any length is read in a bounded memory. What does not fit is left to `diagnose`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError, OperationalError

from core.audit.broken import Break, BrokenChainError, What
from core.audit.diagnose import column_break, diagnosis
from core.audit.entry import GENESIS, Head, searched
from core.audit.heads import end_break, head_of
from core.audit.known import Known
from core.audit.stored import stored_texts
from core.audit.tables import ENTRY
from core.errors import NotReadyError

NOTHING = Known()
ROWS_AT_A_TIME = 1_000
COLUMNS = (
    ENTRY.c.seq, ENTRY.c.body, ENTRY.c.prev_hash, ENTRY.c.hash,
    ENTRY.c.at_us, ENTRY.c.player, ENTRY.c.event, ENTRY.c.rule_id,
)  # fmt: skip
Rows = Sequence[Any]
"""SQLAlchemy's rows of `COLUMNS`."""


def verified(
    connection: Connection, chain: str, known: Known = NOTHING, first: int = 1
) -> Iterator[Rows]:
    """Yield the rows (`COLUMNS`) of a chain from entry `first` on, in order, once they are sound.

    `connection` shows one snapshot. What lies before `first` is believed, unless a checkpoint
    speaks of it.

    Raises:
        BrokenChainError: naming the first broken entry, when all before it have been yielded.
        NotReadyError: the chain ends before `first`, or the database does not answer.
    """
    with stored_texts(connection):
        sound = Head(chain, first - 1, _link_before(connection, chain, known, first))
        try:
            for rows in _stream(connection, chain, first):
                sound = _check(connection, rows, sound, known)
                yield rows
        except OperationalError as error:
            raise NotReadyError(f"the database does not answer: {error.orig}") from error
        except DatabaseError as error:  # a page that is none any more
            detail = f"the database cannot read it: {error.orig}"
            raise BrokenChainError(Break(chain, sound.seq + 1, What.STORAGE, detail)) from error
        found = end_break(connection, sound, known) or known.broken
        if found is not None:
            raise _earliest(found, known)


def first_break(
    connection: Connection, chain: str, known: Known = NOTHING, first: int = 1
) -> Break | None:
    """Return the first broken entry of a chain, null for a sound one; raises as `verified`."""
    try:
        for _ in verified(connection, chain, known, first):
            pass
    except BrokenChainError as error:
        return error.found
    return None


def _stream(connection: Connection, chain: str, first: int) -> Iterator[Rows]:
    wanted = select(*COLUMNS).where(ENTRY.c.chain == chain).order_by(ENTRY.c.seq)
    if first > 1:
        wanted = wanted.where(ENTRY.c.seq >= first)
    streamed = connection.execute(wanted, execution_options={"stream_results": True})
    try:
        yield from streamed.partitions(ROWS_AT_A_TIME)
    finally:
        streamed.close()


def _check(connection: Connection, rows: Rows, sound: Head, known: Known) -> Head:
    """Return the last of rows that are sound.

    Raises:
        BrokenChainError: naming the first that is not.
    """
    chain, expected, link, points = sound.chain, sound.seq + 1, sound.hash, known.points
    for row in rows:
        seq, body, prev_hash, own_hash, at_us, player, event, rule_id = row
        told = f"{link}:{chain}:{seq}:{body}".encode("utf-8", "surrogateescape")
        if seq != expected or prev_hash != link or sha256(told).hexdigest() != own_hash:
            found = diagnosis(connection, Head(chain, expected - 1, link), row, known)
            raise _earliest(found, known)
        if not _is_told((at_us, player, event, rule_id), body):
            raise _earliest(column_break(chain, row), known)
        if expected in points and points[expected] != own_hash:
            raise _earliest(unsigned_break(chain, expected, known), known)
        link, expected = own_hash, expected + 1
    return Head(chain, expected - 1, link)


def _is_told(columns: tuple[object, ...], body: str) -> bool:
    try:
        said = searched(body)
    except msgspec.DecodeError:
        return False
    return columns == (said.at_us, said.player_id, said.event, said.rule_id)


def unsigned_break(chain: str, seq: int, known: Known) -> Break:
    """Say that an entry is not the one a checkpoint signed, and since where that may be."""
    before = max((point for point in known.points if point < seq), default=0)
    detail = f"not the entry a checkpoint signed; {before + 1} to {seq} may have been written anew"
    return Break(chain, seq, What.CHECKPOINT, detail)


def _earliest(found: Break, known: Known) -> BrokenChainError:
    if known.broken is not None and known.broken.seq < found.seq:
        return BrokenChainError(known.broken)
    return BrokenChainError(found)


def _link_before(connection: Connection, chain: str, known: Known, first: int) -> str:
    """Return the hash the first entry to be read stands on."""
    if first <= 1:
        return GENESIS
    wanted = select(ENTRY.c.hash).where(ENTRY.c.chain == chain, ENTRY.c.seq == first - 1)
    link = connection.execute(wanted).scalar()
    head = head_of(connection, chain)
    if link is None and first > max(known.reach, head.seq if head else 0) + 1:
        raise NotReadyError(f"{chain} has no entry {first - 1}", expected="a seq it has reached")
    if link is None:
        raise BrokenChainError(Break(chain, first - 1, What.MISSING, "it is not there"))
    if known.points.get(first - 1, link) != link:
        raise BrokenChainError(unsigned_break(chain, first - 1, known))
    return str(link)
