"""The joint deposit limit of Spain, across operators. Way: declaration -> desk, sandbox."""

from __future__ import annotations

from core.registers.declaration import RegisterDeclaration

JOINT_LIMIT = RegisterDeclaration(
    name="joint_limit",
    title="Joint deposit limit",
    jurisdiction="ES",
    kind="deposit_limit",
    sends=("first_name", "last_name", "born_on", "national_id"),
    keeps="each player's deposit limits of day, week and four weeks across operators",
    periods=("day", "week", "four_weeks"),
    timezone="Europe/Madrid",
    currency="EUR",
)
