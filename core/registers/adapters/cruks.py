"""CRUKS, the exclusion register of the Netherlands. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

CRUKS = RegisterDeclaration(
    name="cruks",
    title="CRUKS",
    jurisdiction="NL",
    kind="exclusion",
    sends=("first_name", "last_name", "born_on", "national_id"),
    keeps="exclusions of 6 months or more, by players and by others",
)
