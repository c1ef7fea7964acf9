"""What the rules of a player's pack said of a movement. Way: `evenhand trace` -> stops.py -> here.

They were asked in the movement's own transaction; whatever they found is in the chain of the pack.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.engine import Connection

from core.audit.tables import ENTRY
from core.compliance.entry import Entry
from core.compliance.records import chain_of
from core.compliance.standing import Standing
from core.ledger.rule_rows import StandingRow
from core.ledger.schema import table_of

SEARCHED = 1_000
"""Entries about the player looked through, from the movement's instant on."""


def said_of(connection: Connection, movement: Row[Any]) -> Iterator[str]:
    """Yield what each rule said of a movement; nothing of a player under no pack."""
    standing = table_of(StandingRow)
    body = connection.execute(
        select(standing.c.body).where(standing.c.player == movement.player)
    ).scalar()
    if body is None:
        return
    who = msgspec.json.decode(body, type=Standing)
    found = list(_entries(connection, who, movement))
    yield from found or [f"every rule of {who.jurisdiction} was asked, none had a word to say"]


def _entries(connection: Connection, who: Standing, movement: Row[Any]) -> Iterator[str]:
    name = f"{movement.provider}/{movement.operation}/{movement.scope}/{movement.transaction_id}"
    wanted = select(ENTRY.c.seq, ENTRY.c.body).where(
        ENTRY.c.player == who.pseudonym, ENTRY.c.at_us >= movement.at_us,
        ENTRY.c.chain == chain_of(who.jurisdiction),
    )  # fmt: skip
    for row in connection.execute(wanted.order_by(ENTRY.c.at_us).limit(SEARCHED)):
        entry = msgspec.json.decode(row.body, type=Entry)
        if entry.request.get("request_id") == name:
            place = f"{chain_of(who.jurisdiction)} {row.seq}"
            yield f"{place}: {entry.event} by {entry.rule_id or 'no rule'}, {entry.decision}"
