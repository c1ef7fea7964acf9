"""Whether a chain ends where its head and its checkpoints say. Way: verify -> here -> Break."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.engine import Connection

from core.audit.broken import Break, What
from core.audit.entry import GENESIS, Head
from core.audit.known import Known
from core.audit.tables import ENTRY, HEAD


def head_of(connection: Connection, chain: str) -> Head | None:
    """Return a chain's head as it is stored."""
    wanted = select(HEAD.c.chain, HEAD.c.seq, HEAD.c.hash).where(HEAD.c.chain == chain)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else Head(*row)


def end_break(connection: Connection, end: Head, known: Known) -> Break | None:
    """Return what is wrong with a chain whose entries are sound, the last one being `end`."""
    head = head_of(connection, end.chain)
    for reach, who in ((known.reach, "a checkpoint"), _reach(head, end)):
        if reach > end.seq:
            detail = f"the chain ends before it, {who} knows entry {reach}"
            return Break(end.chain, end.seq + 1, What.TRUNCATED, detail)
    if head == end or (head is None and not end.seq):
        return None
    if head is not None and _is_behind(connection, head, end):
        return Break(end.chain, head.seq + 1, What.AFTER_HEAD, "the head is before it")
    return Break(end.chain, end.seq, What.HEAD, f"it is the last, {_said(head)}")


def _reach(head: Head | None, end: Head) -> tuple[int, str]:
    """Return how far the head knows entries; none where its seq alone was changed."""
    is_one = head is not None and type(head.seq) is int and head.hash != end.hash
    return (head.seq if head is not None and is_one else 0), "the head"


def _is_behind(connection: Connection, head: Head, end: Head) -> bool:
    if type(head.seq) is not int or head.seq >= end.seq:
        return False
    if head.seq == 0:
        return head.hash == GENESIS
    wanted = select(ENTRY.c.hash).where(ENTRY.c.chain == head.chain, ENTRY.c.seq == head.seq)
    return bool(connection.execute(wanted).scalar() == head.hash)


def _said(head: Head | None) -> str:
    return "there is no head" if head is None else f"the head says seq {head.seq!r}, {head.hash!r}"
