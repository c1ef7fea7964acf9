"""What a check is, and what it is given. Way: judge -> here -> core/compliance/checks/*.

A check is a pure function of a case, a rule of a pack and the rule's parameters. It looks only at
what the rule declared; what it does not know it does not assume: unknown age, limit or register
status is a refusal of stakes and deposits, never of a withdrawal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from core.compliance.calendar import Frame, Zone, age_at
from core.compliance.finding import Effect, Finding
from core.compliance.pack import Pack, PackRule
from core.compliance.request import Request
from core.compliance.standing import Standing
from core.currency import exponent
from core.ledger.units import ledger_exponent, units, units_text


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a rule gives its check in `with`; amounts are decimal text of whole currency."""


@dataclass(frozen=True)
class Case:
    """One request about one player, under his pack.

    `at_us` is when it is judged: never before the standing was last looked at, so that a clock that
    goes back frees nobody.
    """

    request: Request
    standing: Standing
    pack: Pack

    @cached_property
    def at_us(self) -> int:
        """The instant of judgement."""
        return max(self.request.at_us, self.standing.seen_us)

    @cached_property
    def zone(self) -> Zone:
        """The pack's clock."""
        return self.pack.zone

    @cached_property
    def today(self) -> date:
        """The local day."""
        return self.zone.day(self.at_us)

    @cached_property
    def age(self) -> int | None:
        """The player's age today, null if nobody knows."""
        born = self.standing.born_on
        return None if born is None else age_at(date.fromisoformat(born), self.today)

    def frame(self, name: str) -> Frame:
        """Return the frame of the calendar the case lies in."""
        return self.zone.frame(name, self.at_us)

    def later(self, term: str, from_us: int | None = None) -> int:
        """Return the instant a term from now, or from another instant."""
        return self.zone.later(self.at_us if from_us is None else from_us, term)

    def units(self, amount: str | int) -> int:
        """Read an amount of a pack as ledger units of the player's currency."""
        return _units(str(amount), self.standing.currency)

    def text(self, amount: int) -> str:
        """Write ledger units for a log: with the currency's own decimals where that is exact.

        An amount finer than the currency's minor unit keeps all of the ledger's decimals.
        """
        return amount_text(amount, self.standing.currency)

    def local(self, at_us: int) -> str:
        """Write an instant for a log, on the pack's clock."""
        return self.zone.local(at_us).isoformat()


_units = lru_cache(maxsize=1024)(units)
"""The amounts of packs are few, and asked for at every stake."""

Judge = Callable[[Case, PackRule, Any], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A declared check: the requests it looks at, its parameters, and the function.

    `says` is its meaning in one sentence, for the generated pages. `may_hold_withdrawals` is true
    of the few that act for a basis in law; no other check's finding ever stops a withdrawal.
    """

    name: str
    on: tuple[type[Request], ...]
    parameters: type[Parameters]
    judge: Judge
    says: str
    may_hold_withdrawals: bool = False


def refusal(rule: PackRule, event: str, reason: str, **inputs: Any) -> Finding:
    """Return the finding that refuses a request."""
    return Finding(rule.id, Effect.REFUSE, event, reason, inputs)


def amount_text(amount: int, currency: str) -> str:
    """Write ledger units as decimal text, with the currency's own decimals where that is exact.

    >>> amount_text(60_000_000, "GBP"), amount_text(403_604, "GBP")
    ('60.00', '0.403604')
    """
    text = units_text(amount, currency)
    spare = ledger_exponent(currency) - exponent(currency)
    if spare and text.endswith("0" * spare):
        return text[:-spare].rstrip(".")
    return text
