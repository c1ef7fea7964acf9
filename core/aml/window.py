"""What is kept of one player: as much of his past as typologies look back over.

Way: told -> here -> watching. The same facts in any order, once or twice, leave the same window.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from core.aml.facts import Income, Mismatch, Payment, PlayerFacts, Stake
from core.aml.told import Opened, Told, Undone
from core.compliance.calendar import DAY_US
from core.errors import MoneyError
from core.money import Money, Rounding

Amounted = TypeVar("Amounted", Payment, Stake, Income)
_AMOUNT = {Payment: "amount", Stake: "real", Income: "annual"}


@dataclass(frozen=True, slots=True)
class Currencies:
    """The currency of the pack, and the base currency that facts have their rates into."""

    pack: str
    base: str

    def converted(self, one: Amounted) -> Amounted | None:
        """Return a row in the pack's currency; null if there is no rate into it."""
        if one.currency in ("", self.pack):
            return one
        if self.base != self.pack:
            return None
        name = _AMOUNT[type(one)]
        try:
            money = Money(getattr(one, name), one.currency)
            amount = money.converted(one.rate_e6, self.pack, Rounding.HALF_UP).amount_minor
        except MoneyError:  # a rate of nothing, as foreign history may have
            return None
        return msgspec.structs.replace(one, **{name: amount}, currency="", rate_e6=0)


@dataclass(slots=True)
class Window:
    """One player. `newest_us` is his newest instant; what is older than `keep` is let go."""

    player: str
    jurisdiction: str = ""
    opened_us: int | None = None
    newest_us: int = 0
    payments: dict[tuple[str, str], Payment] = field(default_factory=dict)
    stakes: dict[str, Stake] = field(default_factory=dict)
    undone: dict[str, int] = field(default_factory=dict)
    incomes: dict[str, Income] = field(default_factory=dict)
    mismatches: dict[str, Mismatch] = field(default_factory=dict)
    activity: dict[int, tuple[int, int]] = field(default_factory=dict)
    """First and last instant of each UTC day on which he did something."""
    payments_from_us: int = 0
    stakes_from_us: int = 0
    """What is older was let go, and is not taken in again: no typology could see it."""

    def add(self, told: Told) -> bool:
        """Take one thing in; say whether it is new. Again changes nothing."""
        self.newest_us = max(self.newest_us, told.at_us)
        is_new = not self._is_gone(told) and self._kept(told)
        if is_new and not isinstance(told.what, Undone | Mismatch):  # those are others' deeds
            self._note(told)
        return is_new

    def _is_gone(self, told: Told) -> bool:
        if isinstance(told.what, Payment):
            return told.at_us < self.payments_from_us
        return isinstance(told.what, Stake | Undone) and told.at_us < self.stakes_from_us

    def _kept(self, told: Told) -> bool:
        match told.what:
            case Payment() as one:
                return self.payments.setdefault((one.kind, one.id), one) is one
            case Stake() as one:
                return one.id not in self.undone and self.stakes.setdefault(one.id, one) is one
            case Undone(stake=stake):
                is_new = stake not in self.undone
                self.undone[stake] = told.at_us
                self.stakes.pop(stake, None)
                return is_new
            case Income() as one:
                return self.incomes.setdefault(one.id, one) is one
            case Mismatch() as one:
                return self.mismatches.setdefault(one.id, one) is one
            case Opened(jurisdiction=jurisdiction):
                self.jurisdiction, self.opened_us = jurisdiction, told.at_us
        return True

    def _note(self, told: Told) -> None:
        if isinstance(told.what, Payment) and told.what.kind == "withdrawal":
            return  # paid when the house got to it
        day = told.at_us // DAY_US
        first, last = self.activity.get(day, (told.at_us, told.at_us))
        self.activity[day] = min(first, told.at_us), max(last, told.at_us)

    def let_go(self, payments_us: int, stakes_us: int) -> None:
        """Forget payments and stakes longer ago than that before the newest fact.

        Of activity the last day before stays: an account may have slept since.
        """
        self.payments_from_us = from_us = self.newest_us - payments_us
        self.payments = {k: p for k, p in self.payments.items() if p.at_us >= from_us}
        self.stakes_from_us = from_us = self.newest_us - stakes_us
        self.stakes = {k: s for k, s in self.stakes.items() if s.at_us >= from_us}
        self.undone = {k: at_us for k, at_us in self.undone.items() if at_us >= from_us}
        days = sorted(self.activity)
        gone = days[: max(bisect_left(days, from_us // DAY_US - 30) - 1, 0)]
        for day in gone:
            del self.activity[day]

    def facts(self, currencies: Currencies, since_us: int = 0) -> PlayerFacts:
        """Return what typologies see; payments and stakes since an instant."""
        payments = _in(currencies, (p for p in self.payments.values() if p.at_us >= since_us))
        stakes = _in(currencies, (s for s in self.stakes.values() if s.at_us >= since_us))
        incomes = _in(currencies, self.incomes.values())
        kept = len(payments) + len(stakes) + len(incomes)
        recent = sum(p.at_us >= since_us for p in self.payments.values())
        recent += sum(s.at_us >= since_us for s in self.stakes.values())
        return PlayerFacts(
            player=self.player, opened_us=self.opened_us,
            payments=sorted(payments, key=lambda one: (one.at_us, one.id, one.kind)),
            stakes=sorted(stakes, key=lambda one: (one.at_us, one.id)),
            incomes=sorted(incomes, key=lambda one: (one.at_us, one.id)),
            mismatches=sorted(self.mismatches.values(), key=lambda one: (one.at_us, one.id)),
            activity=sorted({at for both in self.activity.values() for at in both}),
            uncounted=recent + len(self.incomes) - kept,
        )  # fmt: skip


def _in(currencies: Currencies, rows: Iterable[Amounted]) -> list[Amounted]:
    converted = (currencies.converted(one) for one in rows)
    return [one for one in converted if one is not None]
