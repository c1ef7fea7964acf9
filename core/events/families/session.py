"""Time on site. Way: platform -> here -> session-pattern and harm features."""

from __future__ import annotations

from typing import ClassVar, Literal

from core.events.fact import Fact, MoneyFact
from core.events.families.player import DeviceType


class SessionStarted(Fact, frozen=True, kw_only=True):
    """The player came to play; `local_hour` is 0-23 on the player's own clock."""

    family: ClassVar[str] = "session"
    session_id: str
    device_id: str | None = None
    device_type: DeviceType = "unknown"
    ip: str | None = None
    local_hour: int | None = None


class SessionEnded(MoneyFact, frozen=True, kw_only=True):
    """A visit is over, with its sums. `night_s` are seconds in local 00:00-06:00.

    `depleted` is true when the balance ended below the smallest stake of the games played.
    `chased` counts stake raises that directly followed a loss within the session.
    """

    family: ClassVar[str] = "session"
    session_id: str
    duration_s: int
    night_s: int = 0
    bet_count: int = 0
    stake_minor: int = 0
    win_minor: int = 0
    deposit_count: int = 0
    balance_start_minor: int = 0
    balance_end_minor: int = 0
    chased_count: int = 0
    depleted: bool = False
    local_hour: int | None = None


class RealityCheckShown(Fact, frozen=True, kw_only=True):
    """The player was told how long and how much; `response` is what he did."""

    family: ClassVar[str] = "session"
    session_id: str
    response: Literal["continued", "stopped", "ignored"]
