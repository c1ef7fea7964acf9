"""A part of what was lost comes back, to be played once; a payout does not end it."""

from core.bonuses.terms import BonusTerms

CASHBACK = BonusTerms(
    code="cashback",
    most={"EUR": "500", "USD": "500", "SEK": "5000"},
    multiplier=1,
    contributions={"*": 100},
    days=7,
    is_forfeited_by_withdrawal=False,
    bonus_type="cashback",
)
