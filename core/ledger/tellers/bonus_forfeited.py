"""A bonus given up or taken back."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.bonus import BonusForfeited
from core.ledger.teller import Teller, Told
from core.ledger.told_bonus import bonus_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    said = told.body.details
    yield BonusForfeited(**bonus_fields(told, said), reason=said["reason"])


BONUS_FORFEITED = Teller("bonus_forfeited", facts)
