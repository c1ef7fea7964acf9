"""Bonuses, Fast Track's nouns. Way: bonus engine -> here -> bonus-response features."""

from __future__ import annotations

from typing import ClassVar, Literal

from core.events.fact import MoneyFact

Product = Literal["casino", "sportsbook", "lotto", "poker"]


class Bonus(MoneyFact, frozen=True, kw_only=True):
    """What every bonus fact says; `user_bonus_id` is one bonus of one player, whole life."""

    bonus_id: str
    user_bonus_id: str
    amount_minor: int
    product: Product = "casino"
    bonus_type: str = "deposit_match"
    campaign_id: str | None = None


class BonusOffered(Bonus, frozen=True, kw_only=True):
    """A bonus was put before the player."""

    family: ClassVar[str] = "bonus"
    required_wagering_minor: int = 0


class BonusClaimed(Bonus, frozen=True, kw_only=True):
    """The player took it; `deposit_id` is the payment it was granted for, null if none was."""

    family: ClassVar[str] = "bonus"
    required_wagering_minor: int = 0
    deposit_id: str | None = None


class BonusWagered(Bonus, frozen=True, kw_only=True):
    """Wagering progressed: `wagered_minor` counted since the last such fact."""

    family: ClassVar[str] = "bonus"
    wagered_minor: int


class BonusCompleted(Bonus, frozen=True, kw_only=True):
    """Wagering is done; `turned_real_minor` became cash."""

    family: ClassVar[str] = "bonus"
    turned_real_minor: int = 0


class BonusForfeited(Bonus, frozen=True, kw_only=True):
    """The bonus ended unspent or was taken back; `charge_back`: with the deposit that paid it."""

    family: ClassVar[str] = "bonus"
    reason: Literal["player", "expired", "withdrawal", "operator", "charge_back"] = "player"
