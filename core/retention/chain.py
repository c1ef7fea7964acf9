"""What the chain of a pack says of ends and holds. Way: holds, runs -> here -> core.audit.

Ids are named by salted hashes: the salt stands in the entry, so that whoever has an id can ask
whether it was named. Ids of records cannot be guessed; those of players may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from core.audit.append import append
from core.audit.tables import ENTRY
from core.kyc.telling import By
from core.retention.errors import RetentionError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def chain_of(jurisdiction: str) -> str:
    """Return the chain of a pack."""
    return f"retention:{jurisdiction}"


def body(event: str, by: By, jurisdiction: str, **inputs: Any) -> dict[str, Any]:
    """Return what the chain says of a step."""
    ts_utc = (_EPOCH + timedelta(microseconds=by.at_us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "at_us": by.at_us, "ts_utc": ts_utc, "event": event, "actor": "staff",
        "staff_id": by.staff_id, "purpose": by.purpose, "jurisdiction": jurisdiction,
        "inputs": inputs,
    }  # fmt: skip


def tell(connection: Connection, jurisdiction: str, said: Mapping[str, Any]) -> int:
    """Append to the chain of a pack; return the entry's number."""
    return append(connection, chain_of(jurisdiction), [dict(said)]).seq


def entry(connection: Connection, jurisdiction: str, seq: int) -> dict[str, Any]:
    """Return what an entry says.

    Raises:
        RetentionError: there is none of the number.
    """
    chain = chain_of(jurisdiction)
    wanted = select(ENTRY.c.body).where(ENTRY.c.chain == chain, ENTRY.c.seq == seq)
    text = connection.execute(wanted).scalar()
    if text is None:
        raise RetentionError(
            f"no entry {seq} in {chain}", hint="evenhand retention run prints them"
        )
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


def last_us(connection: Connection, jurisdiction: str) -> int:
    """Return the newest instant of a pack's chain, 0 before its first entry."""
    wanted = select(func.max(ENTRY.c.at_us)).where(ENTRY.c.chain == chain_of(jurisdiction))
    return int(connection.execute(wanted).scalar() or 0)


def hashed(salt: str, names: Iterable[str]) -> list[str]:
    """Return salted hashes of ids, sorted."""
    return sorted(sha256(f"{salt}\n{name}".encode()).hexdigest() for name in names)
