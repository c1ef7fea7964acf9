"""RGIAJ, the register of who is barred in Spain. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

RGIAJ = RegisterDeclaration(
    name="rgiaj",
    title="RGIAJ",
    jurisdiction="ES",
    kind="exclusion",
    sends=("first_name", "last_name", "born_on", "national_id"),
    keeps="who is barred from gambling in Spain",
)
