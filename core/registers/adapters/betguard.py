"""BetGuard, the central exclusion register of Ontario. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

BETGUARD = RegisterDeclaration(
    name="betguard",
    title="BetGuard",
    jurisdiction="ON",
    kind="exclusion",
    sends=("first_name", "last_name", "born_on", "email", "postcode"),
    keeps="exclusions from all sites of Ontario",
)
