"""Entries of a pack's log, without players' ids. Way: audit_entry -> here -> access.

Players' ids within a body are replaced by the regulator's pseudonym, so its hash cannot be computed
from what is shown: each entry is verified here, against the one before, and says if it is sound.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from core.audit.chain import hash_of
from core.audit.entry import GENESIS
from core.audit.tables import ENTRY
from core.audit.verify import first_break

Named = Callable[[str], str]


def log_page(
    connection: Connection, chain: str, after: int, most: int, named: Named
) -> list[dict[str, Any]]:
    """Return entries after a number, in order."""
    link = GENESIS if after == 0 else _hash_at(connection, chain, after)
    columns = (ENTRY.c.seq, ENTRY.c.at_us, ENTRY.c.player, ENTRY.c.event, ENTRY.c.rule_id,
               ENTRY.c.body, ENTRY.c.prev_hash, ENTRY.c.hash)  # fmt: skip
    rows = connection.execute(
        select(*columns).where(ENTRY.c.chain == chain, ENTRY.c.seq > after)
        .order_by(ENTRY.c.seq).limit(most)
    )  # fmt: skip
    found = []
    for seq, at_us, player, event, rule_id, body, prev_hash, digest in rows:
        is_sound = prev_hash == link and digest == hash_of(prev_hash, chain, seq, body)
        link = digest
        found.append({
            "seq": seq, "at_us": at_us, "player": named(player) if player else "", "event": event,
            "rule_id": rule_id, "body": without(json.loads(body), player, named),
            "prev_hash": prev_hash, "hash": digest, "is_sound": is_sound,
        })  # fmt: skip
    return found


def verdict(connection: Connection, chain: str) -> dict[str, Any]:
    """Return whether a whole chain is sound, and its first broken entry if not."""
    found = first_break(connection, chain)
    if found is None:
        return {"is_sound": True}
    return {"is_sound": False, "first_broken": found.seq, "what": str(found.what)}


def without(said: Any, player: str, named: Named) -> Any:
    """Return a body in which a player's id is his pseudonym, wherever it stands.

    >>> without({"player_id": "p-1", "why": "limit of p-1", "n": 1}, "p-1", lambda _: "x")
    {'player_id': 'x', 'why': 'limit of x', 'n': 1}
    """
    if not player:
        return said
    pattern = re.compile(rf"(?<![A-Za-z0-9]){re.escape(player)}(?![A-Za-z0-9])")
    return _replaced(said, pattern, named(player))


def _replaced(said: Any, pattern: re.Pattern[str], name: str) -> Any:
    if isinstance(said, str):
        return pattern.sub(name, said)
    if isinstance(said, list):
        return [_replaced(one, pattern, name) for one in said]
    if isinstance(said, dict):
        return {pattern.sub(name, key): _replaced(v, pattern, name) for key, v in said.items()}
    return said


def _hash_at(connection: Connection, chain: str, seq: int) -> str:
    wanted = select(ENTRY.c.hash).where(ENTRY.c.chain == chain, ENTRY.c.seq == seq)
    return connection.execute(wanted).scalar() or GENESIS
