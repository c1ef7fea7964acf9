"""Live-dealer tables. Way: table feed -> here -> round reconciliation. Subject = table id.

A neutral schema of our own: no provider's feed is imitated.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from core.events.fact import Fact


class LiveFact(Fact, frozen=True, kw_only=True):
    """What every table fact says; `provider_seq` and `provider_at` are the feed's own."""

    table_id: str
    vendor_id: str
    provider_seq: int
    provider_at: datetime


class LiveTableOpened(LiveFact, frozen=True, kw_only=True):
    """A table took its seat."""

    family: ClassVar[str] = "live"
    game_id: str


class LiveTableClosed(LiveFact, frozen=True, kw_only=True):
    """A table closed."""

    family: ClassVar[str] = "live"


class LiveRoundOpened(LiveFact, frozen=True, kw_only=True):
    """Bets may be placed until `bets_open_until_at`."""

    family: ClassVar[str] = "live"
    round_id: str
    bets_open_until_at: datetime


class LiveBetsClosed(LiveFact, frozen=True, kw_only=True):
    """No more bets."""

    family: ClassVar[str] = "live"
    round_id: str


class LiveResult(LiveFact, frozen=True, kw_only=True):
    """The round has a result, as the feed's own code."""

    family: ClassVar[str] = "live"
    round_id: str
    result: str


class LiveSettled(LiveFact, frozen=True, kw_only=True):
    """Every bet of the round is settled."""

    family: ClassVar[str] = "live"
    round_id: str
    bet_count: int
