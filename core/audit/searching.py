"""Entries found by what stands beside their bodies. Way: `evenhand log show` -> here -> table."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection

from core.audit.entry import Entry
from core.audit.tables import ENTRY


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty means any. `since_us` in UTC microseconds, included."""

    chain: str = ""
    player: str = ""
    event: str = ""
    rule_id: str = ""
    since_us: int = 0
    most: int = 50


def entries_found(connection: Connection, wanted: Wanted) -> list[Entry]:
    """Return the newest `most` entries, oldest first; what they say is not verified here."""
    columns = [ENTRY.c[name] for name in Entry.__struct_fields__]
    newest = select(*columns).where(*_conditions(wanted)).limit(wanted.most)
    ordered = newest.order_by(ENTRY.c.at_us.desc(), ENTRY.c.chain.desc(), ENTRY.c.seq.desc())
    return [Entry(*row) for row in connection.execute(ordered)][::-1]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    asked = {
        ENTRY.c.chain: wanted.chain, ENTRY.c.player: wanted.player,
        ENTRY.c.event: wanted.event, ENTRY.c.rule_id: wanted.rule_id,
    }  # fmt: skip
    conditions = [column == value for column, value in asked.items() if value]
    return [*conditions, ENTRY.c.at_us >= wanted.since_us] if wanted.since_us else conditions
