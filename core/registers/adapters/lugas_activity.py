"""LUGAS activity file: one operator at a time in Germany. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

LUGAS_ACTIVITY = RegisterDeclaration(
    name="lugas_activity",
    title="LUGAS activity file",
    jurisdiction="DE",
    kind="activity",
    sends=("first_name", "last_name", "born_on", "street", "postcode", "city"),
    keeps="at which operator a player is active now, and since when he is not",
)
