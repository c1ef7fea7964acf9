"""Limits players set on themselves. Way: account -> here -> rules, harm features."""

from __future__ import annotations

from typing import ClassVar, Literal

from core.events.fact import Fact, MoneyFact

LimitKind = Literal["deposit", "loss", "stake", "time", "session", "balance"]
Period = Literal["bet", "session", "day", "week", "month"]


class LimitSet(MoneyFact, frozen=True, kw_only=True):
    """A limit now stands. Amount limits carry `amount_minor`, time limits `limit_s`."""

    family: ClassVar[str] = "limit"
    kind: LimitKind
    period: Period
    change: Literal["new", "decrease", "increase", "removal"]
    amount_minor: int | None = None
    previous_minor: int | None = None
    limit_s: int | None = None


class LimitIncreaseRequested(MoneyFact, frozen=True, kw_only=True):
    """The player wants a higher limit; it does not stand before its cooling-off."""

    family: ClassVar[str] = "limit"
    kind: LimitKind
    period: Period
    amount_minor: int | None = None


class LimitHit(Fact, frozen=True, kw_only=True):
    """An action met a limit and was refused or cut."""

    family: ClassVar[str] = "limit"
    kind: LimitKind
    period: Period


class LimitOverrideAttempted(Fact, frozen=True, kw_only=True):
    """Somebody tried to get round a limit; `actor` says who."""

    family: ClassVar[str] = "limit"
    kind: LimitKind
    actor: Literal["player", "staff", "system"]
