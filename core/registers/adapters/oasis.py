"""OASIS, the exclusion register of Germany. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

OASIS = RegisterDeclaration(
    name="oasis",
    title="OASIS",
    jurisdiction="DE",
    kind="exclusion",
    sends=("first_name", "last_name", "born_on", "street", "postcode", "city"),
    keeps="exclusions by players and by third parties, without an end until an application",
)
