"""LUGAS limit file: deposits across operators in Germany. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

LUGAS_LIMIT = RegisterDeclaration(
    name="lugas_limit",
    title="LUGAS limit file",
    jurisdiction="DE",
    kind="deposit_limit",
    sends=("first_name", "last_name", "born_on", "street", "postcode", "city"),
    keeps="each player's deposit limit of the month across operators, and what is used of it",
    periods=("month",),
    timezone="Europe/Berlin",
    currency="EUR",
    needs_limit=True,
)
