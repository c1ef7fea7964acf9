"""Records and people of the vault's tests. Way: here -> tests/core/kyc."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from core.audit.tables import ENTRY
from core.compliance.calendar import instant_us
from core.compliance.load import packs
from core.kyc.contents import Check, Document
from core.kyc.telling import By
from core.kyc.vault import Put, Vault

GB = packs()["GB"]
NUMBER = "X1234567"
SCAN = b"%PDF a scan of a passport"


def at(text: str) -> int:
    """Return an instant, UTC."""
    return instant_us(datetime.fromisoformat(text).replace(tzinfo=UTC))


NOW = at("2026-11-10 12:00")


def by(who: str = "ann", purpose: str = "onboarding", at_us: int = NOW) -> By:
    """Return who acts."""
    return By(who, purpose, at_us)


def passport(player: str = "p1", expires_on: date | None = date(2027, 3, 31)) -> Put:
    """Return a passport with its scan."""
    said = Document(type="passport", issuer="GB", number=NUMBER, expires_on=expires_on)
    return Put(player, GB, said, SCAN)


def check(
    *documents: str,
    player: str = "p1",
    result: Any = "passed",
    level: Any = "full",
    at_us: int = NOW,
) -> Put:
    """Return a check."""
    said = Check(
        provider="provider", result=result, level=level, checked_at_us=at_us, documents=documents,
        born_on=date(1990, 1, 1),
    )  # fmt: skip
    return Put(player, GB, said)


def told(vault: Vault) -> list[dict[str, Any]]:
    """Return what the vault's chain says."""
    with vault.engine.begin() as connection:
        rows = connection.execute(select(ENTRY.c.body).order_by(ENTRY.c.seq)).scalars()
        return [json.loads(text) for text in rows]
