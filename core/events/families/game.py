"""Play. Way: game providers -> here -> ledger, game-preference and harm features."""

from __future__ import annotations

from typing import ClassVar, Literal

from core.events.fact import Fact, MoneyFact

GameType = Literal["slots", "table", "live_casino", "crash", "bingo", "sports", "other"]
Volatility = Literal["low", "medium", "high", "unknown"]


class GameLaunched(Fact, frozen=True, kw_only=True):
    """A game was opened on a device."""

    family: ClassVar[str] = "game"
    session_id: str
    game_id: str
    vendor_id: str
    game_type: GameType = "other"
    volatility: Volatility = "unknown"


class RoundOpened(Fact, frozen=True, kw_only=True):
    """A round of a game began for the player."""

    family: ClassVar[str] = "game"
    round_id: str
    game_id: str
    vendor_id: str
    session_id: str | None = None


class Play(MoneyFact, frozen=True, kw_only=True):
    """What a bet and a win share: `amount = wager + bonus_wager + locked_wager`, all minor.

    `finding` is what a rule remarked when it let the money move, for the risk desk.
    """

    activity_id: str
    round_id: str
    game_id: str
    vendor_id: str
    amount_minor: int
    wager_minor: int
    bonus_wager_minor: int = 0
    locked_wager_minor: int = 0
    game_name: str | None = None
    game_type: GameType = "other"
    volatility: Volatility = "unknown"
    session_id: str | None = None
    balance_after_minor: int | None = None
    finding: str | None = None


class BetPlaced(Play, frozen=True, kw_only=True):
    """A stake left the balance. `local_hour` is 0-23 on the player's own clock."""

    family: ClassVar[str] = "game"
    local_hour: int | None = None


class BetWon(Play, frozen=True, kw_only=True):
    """A win was credited; a lost bet has no win fact."""

    family: ClassVar[str] = "game"


class BetRolledBack(Play, frozen=True, kw_only=True):
    """A bet or win was undone; `reference_activity_id` is the undone one, `undone` says which."""

    family: ClassVar[str] = "game"
    reference_activity_id: str
    undone: Literal["bet", "win"] = "bet"


class BetRefused(MoneyFact, frozen=True, kw_only=True):
    """A rule kept a stake from being taken; `rule` is its name."""

    family: ClassVar[str] = "game"
    activity_id: str
    game_id: str
    vendor_id: str
    amount_minor: int
    rule: str
    round_id: str | None = None


class PrizePaid(MoneyFact, frozen=True, kw_only=True):
    """Money given that belongs to no bet; `kind` says what for, such as a jackpot."""

    family: ClassVar[str] = "game"
    activity_id: str
    vendor_id: str
    amount_minor: int
    kind: str = "unknown"
    game_id: str | None = None


class RoundClosed(MoneyFact, frozen=True, kw_only=True):
    """A round is over, with the sum of its bets and wins."""

    family: ClassVar[str] = "game"
    round_id: str
    game_id: str
    vendor_id: str
    stake_minor: int
    win_minor: int
