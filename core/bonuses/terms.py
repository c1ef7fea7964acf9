"""The terms of a bonus, as data. Way: codes/*.py -> here (linted) -> grant, withdrawal, tellers.

A player keeps the terms he was granted: what his bonus needs later is copied into its row, or is
looked up by its code, whose terms never change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from core.bonuses import codes
from core.discover import declarations
from core.errors import DeclarationError, MoneyError
from core.events.families.bonus import Product
from core.ledger.units import units

REST = "*"
DAY_US = 86_400_000_000
OnChargeBack = Literal["forfeit", "keep"]


@dataclass(frozen=True, slots=True)
class BonusTerms:
    """What a code grants and asks for.

    `most` is the largest grant by currency, in whole units as decimal text; a currency that is not
    there is not offered. `multiplier` times the grant must be wagered within `days`;
    `contributions` says how many per cent of a stake count, by game type, `*` for the rest.
    `release_multiple` times the grant at most becomes real money, null for no bound.
    `on_charge_back` says what becomes of the bonus when the deposit that funded it is taken back.
    """

    code: str
    most: Mapping[str, str]
    multiplier: int
    contributions: Mapping[str, int]
    days: int
    release_multiple: int | None = None
    is_forfeited_by_withdrawal: bool = True
    on_charge_back: OnChargeBack = "forfeit"
    product: Product = "casino"
    bonus_type: str = "deposit_match"

    def most_units(self, currency: str) -> int:
        """Return the largest grant in ledger units, 0 where the code is not offered."""
        return units(self.most.get(currency, "0"), currency)


def faults(terms: BonusTerms) -> Iterator[str]:
    """Yield what is wrong with terms: one that nobody could fulfil, or that gives without end."""
    checks = (
        (bool(terms.code and terms.most), "it needs a code and at least one currency"),
        (min(terms.multiplier, terms.days) >= 1, "its multiplier and its days are 1 or more"),
        (
            REST in terms.contributions,
            f"its contributions do not say what the rest ({REST}) counts",
        ),
        (
            all(0 <= share <= 100 for share in terms.contributions.values()),
            "a contribution is from 0 to 100 per cent",
        ),
        (any(terms.contributions.values()), "no stake counts, so nobody can play it through"),
        (
            terms.release_multiple is None or terms.release_multiple >= 1,
            "it releases less than was granted",
        ),
        (
            terms.on_charge_back in get_args(OnChargeBack),
            f"on_charge_back is one of {', '.join(get_args(OnChargeBack))}",
        ),
    )
    yield from (wrong for holds, wrong in checks if not holds)
    for currency in terms.most:
        try:
            if terms.most_units(currency) <= 0:
                yield f"the most it grants in {currency} is not above 0"
        except MoneyError as error:
            yield str(error)


@cache
def known_terms() -> Mapping[str, BonusTerms]:
    """Return every declared code's terms.

    Raises:
        DeclarationError: terms do not hold together, or two have one code.
    """
    found: dict[str, BonusTerms] = {}
    for terms in declarations(codes, BonusTerms):
        if wrong := "; ".join(faults(terms)):
            raise DeclarationError(f"bonus {terms.code}: {wrong}", hint="see core/bonuses/terms.py")
        if terms.code in found:
            raise DeclarationError(f"two bonuses of code {terms.code}", expected="one a code")
        found[terms.code] = terms
    return found
