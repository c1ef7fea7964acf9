"""Says what is wrong at the entry where a chain stopped fitting. Way: verify -> here -> Break.

The neighbours bear witness: the entry after remembers the hash of the one before, and an entry's
own hash remembers its number and what it followed. Asked only of a chain known to be broken.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Connection

from core.audit.broken import Break, What
from core.audit.chain import hash_of
from core.audit.entry import Head, searched
from core.audit.heads import head_of
from core.audit.known import Known
from core.audit.tables import ENTRY

_FARTHEST = 1_000_000
"""How far an entry's true number is looked for."""


def diagnosis(connection: Connection, sound: Head, row: Any, known: Known) -> Break:
    """Return what is wrong at a row that does not follow the last sound entry."""
    chain, expected = sound.chain, sound.seq + 1
    if type(row.seq) is not int or row.seq < expected:
        detail = f"an entry numbered {row.seq!r} stands where {expected} should"
        return Break(chain, row.seq if type(row.seq) is int else expected, What.ORDER, detail)
    if row.seq > expected:
        last = row.seq - 1
        gone = f"{expected} to {last} are" if last > expected else "it is"
        return Break(chain, expected, What.MISSING, f"{gone} not there, {row.seq} is")
    if head_of(connection, chain) == sound:
        return Break(chain, expected, What.AFTER_HEAD, "the head is before it")
    if row.prev_hash == sound.hash:
        return _content_break(connection, sound, row, known)
    return _link_break(sound, row, known)


def column_break(chain: str, row: Any) -> Break:
    """Return which column beside a body says otherwise than the body."""
    try:
        said = searched(row.body)
    except msgspec.DecodeError as error:
        return Break(chain, row.seq, What.BODY, f"no body of a log: {error}")
    pairs = {
        "at_us": (row.at_us, said.at_us), "player": (row.player, said.player_id),
        "event": (row.event, said.event), "rule_id": (row.rule_id, said.rule_id),
    }  # fmt: skip
    told = [f"{name} is {met!r}, the body says {right!r}"
            for name, (met, right) in pairs.items() if met != right]  # fmt: skip
    return Break(chain, row.seq, What.COLUMN, "; ".join(told))


def _content_break(connection: Connection, sound: Head, row: Any, known: Known) -> Break:
    """Say whether body or hash was changed, by what the entry after it, or the head, remembers."""
    chain, seq = sound.chain, row.seq
    told = hash_of(sound.hash, chain, seq, row.body)
    after = select(ENTRY.c.prev_hash).where(ENTRY.c.chain == chain, ENTRY.c.seq == seq + 1)
    remembered = {connection.execute(after).scalar(), known.points.get(seq)}
    if told in remembered or head_of(connection, chain) == Head(chain, seq, told):
        return Break(chain, seq, What.HASH, f"its hash should be {told}")
    return Break(chain, seq, What.BODY, "its hash is not that of its body")


def _link_break(sound: Head, row: Any, known: Known) -> Break:
    chain, seq = sound.chain, row.seq
    if hash_of(sound.hash, chain, seq, row.body) == row.hash:
        return Break(chain, seq, What.LINK, f"its prev_hash should be {sound.hash}")
    if hash_of(row.prev_hash, chain, seq, row.body) == row.hash:
        if sound.seq and sound.seq not in known.points:
            detail = f"whole in itself, but entry {seq} was chained to another"
            return Break(chain, sound.seq, What.REWRITTEN, detail)
        return Break(chain, seq, What.LINK, "whole in itself, but chained to another entry")
    true = next(
        (n for n in range(1, seq + _FARTHEST)
         if hash_of(row.prev_hash, chain, n, row.body) == row.hash), None,
    )  # fmt: skip
    if true is not None:
        return Break(chain, seq, What.ORDER, f"it is entry {true}, in another's place")
    return Break(chain, seq, What.LINK, "it follows another entry than the one before it")
