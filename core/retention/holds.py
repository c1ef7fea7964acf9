"""Legal holds: who keeps a player's records, on what basis, from when to when.

Way: counsel -> here -> runs. A hold in force at the very end of a run wins: runs look under a lock
that keeps new ones waiting.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import insert, select, text, update
from sqlalchemy.engine import Connection

from core.kyc.schema import HOLD
from core.kyc.telling import By
from core.retention.chain import body, tell
from core.retention.errors import RetentionError


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold; instants UTC, `until_us` null while it has no end."""

    id: str
    jurisdiction: str
    player: str
    basis: str
    set_by: str
    set_us: int
    from_us: int
    until_us: int | None

    def binds(self, at_us: int) -> bool:
        """Say whether it is in force."""
        return self.from_us <= at_us and (self.until_us is None or at_us < self.until_us)


def set_hold(connection: Connection, whose: tuple[str, str], by: By, until_us: int | None) -> str:
    """Set a hold from now on; `whose` is jurisdiction and player, the purpose is the basis.

    Raises:
        RetentionError: it would end before it began.
    """
    jurisdiction, player = whose
    if until_us is not None and until_us <= by.at_us:
        raise RetentionError("a hold that ends before it begins", expected="a later end, or none")
    name = secrets.token_hex(8)
    connection.execute(insert(HOLD).values(
        id=name, jurisdiction=jurisdiction, player=player, basis=by.purpose, set_by=by.staff_id,
        set_us=by.at_us, from_us=by.at_us, until_us=until_us,
    ))  # fmt: skip
    tell(connection, jurisdiction, body("RETENTION_HOLD_SET", by, jurisdiction, hold=name))
    return name


def end_hold(connection: Connection, hold_id: str, by: By) -> None:
    """End a hold now.

    Raises:
        RetentionError: there is none in force.
    """
    row = connection.execute(select(HOLD).where(HOLD.c.id == hold_id).with_for_update()).first()
    if row is None or not Hold(*row).binds(by.at_us):
        raise RetentionError(f"no hold {hold_id} in force", hint="evenhand retention holds")
    connection.execute(update(HOLD).where(HOLD.c.id == hold_id).values(until_us=by.at_us))
    tell(connection, row.jurisdiction,
         body("RETENTION_HOLD_ENDED", by, row.jurisdiction, hold=hold_id))  # fmt: skip


def holds(connection: Connection, jurisdiction: str) -> list[Hold]:
    """Return all holds of a jurisdiction, oldest first."""
    wanted = select(HOLD).where(HOLD.c.jurisdiction == jurisdiction)
    return [Hold(*row) for row in connection.execute(wanted.order_by(HOLD.c.set_us, HOLD.c.id))]


def held(connection: Connection, jurisdiction: str, at_us: int) -> frozenset[str]:
    """Return the players held, and let nobody set another hold until the transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite's file is locked as it is
        connection.execute(text("LOCK TABLE retention_hold IN SHARE MODE"))
    return frozenset(one.player for one in holds(connection, jurisdiction) if one.binds(at_us))
