"""ROFUS, the exclusion register of Denmark. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

ROFUS = RegisterDeclaration(
    name="rofus",
    title="ROFUS",
    jurisdiction="DK",
    kind="exclusion",
    sends=("national_id",),
    keeps="exclusions of 24 hours, 1, 3 or 6 months, or for good",
)
