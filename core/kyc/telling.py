"""What the vault's chain says. Way: vault, rotation, retention -> here -> core.audit.

Players stand there under pseudonyms; `kyc_player` alone knows whose they are, and forgets.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from core.audit.append import append
from core.kyc.errors import VaultError
from core.kyc.schema import PLAYER

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, what for, and when (UTC microseconds).

    Raises:
        VaultError: nobody is named, or no purpose.
    """

    staff_id: str
    purpose: str
    at_us: int

    def __post_init__(self) -> None:
        if not self.staff_id.strip() or not self.purpose.strip():
            raise VaultError(
                "a look or a change without a name or a purpose",
                expected="who, and what for", hint="--by and --purpose",
            )  # fmt: skip


def chain_of(region: str) -> str:
    """Return the chain of a region's vault."""
    return f"kyc:{region}"


def body(
    event: str, by: By, jurisdiction: str, pseudonym: str = "", **inputs: Any
) -> dict[str, Any]:
    """Return what the chain says of a step."""
    ts_utc = (_EPOCH + timedelta(microseconds=by.at_us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "at_us": by.at_us, "ts_utc": ts_utc, "event": event, "actor": "staff",
        "staff_id": by.staff_id, "purpose": by.purpose, "jurisdiction": jurisdiction,
        "player_id": pseudonym, "inputs": inputs,
    }  # fmt: skip


def tell(connection: Connection, region: str, *bodies: dict[str, Any]) -> None:
    """Append to the vault's chain of a region, last in a transaction."""
    append(connection, chain_of(region), bodies)


def pseudonym_of(connection: Connection, region: str, player: str) -> str:
    """Return a player's pseudonym, locked, so that one at a time works on him; made if new."""
    wanted = select(PLAYER.c.pseudonym).where(PLAYER.c.region == region, PLAYER.c.player == player)
    row = {"region": region, "player": player, "pseudonym": secrets.token_hex(16)}
    dialect = connection.dialect.name
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as put

        connection.execute(put(PLAYER).values(**row).on_conflict_do_nothing())
    elif connection.execute(wanted).scalar() is None:
        connection.execute(insert(PLAYER).values(**row))
    return str(connection.execute(wanted.with_for_update()).scalar_one())
