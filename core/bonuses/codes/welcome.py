"""The first deposit is matched."""

from core.bonuses.terms import BonusTerms

WELCOME = BonusTerms(
    code="welcome",
    most={"EUR": "100", "USD": "100", "SEK": "1000"},
    multiplier=35,
    contributions={"slots": 100, "live": 10, "table": 10, "*": 20},
    days=30,
    release_multiple=10,
)
