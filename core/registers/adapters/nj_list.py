"""The self-exclusion list of New Jersey. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

NJ_LIST = RegisterDeclaration(
    name="nj_list",
    title="New Jersey self-exclusion list",
    jurisdiction="NJ",
    kind="exclusion",
    sends=("first_name", "last_name", "born_on", "street", "postcode", "city"),
    keeps="who excluded himself for a year, 5 years or life",
)
