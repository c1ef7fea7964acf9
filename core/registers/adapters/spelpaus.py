"""Spelpaus, the exclusion register of Sweden. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

SPELPAUS = RegisterDeclaration(
    name="spelpaus",
    title="Spelpaus",
    jurisdiction="SE",
    kind="exclusion",
    sends=("national_id",),
    keeps="exclusions of 1, 3 or 6 months, or until further notice",
)
