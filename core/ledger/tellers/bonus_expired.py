"""A bonus not played through in time."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.bonus import BonusForfeited
from core.ledger.teller import Teller, Told
from core.ledger.told_bonus import bonus_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    said = told.body.details
    yield BonusForfeited(**bonus_fields(told, said), reason="expired")


BONUS_EXPIRED = Teller("bonus_expired", facts)
