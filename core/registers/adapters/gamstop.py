"""GAMSTOP, the exclusion register of Great Britain. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

GAMSTOP = RegisterDeclaration(
    name="gamstop",
    title="GAMSTOP",
    jurisdiction="GB",
    kind="exclusion",
    sends=("first_name", "last_name", "born_on", "email", "phone", "postcode"),
    keeps="exclusions of 6 months, a year or 5 years, until the player asks to leave",
)
