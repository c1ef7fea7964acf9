"""A bonus played through."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.bonus import BonusCompleted
from core.ledger.teller import Teller, Told
from core.ledger.told_bonus import bonus_fields
from core.ledger.units import whole_minor


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    said = told.body.details
    yield BonusCompleted(
        **bonus_fields(told, said),
        turned_real_minor=whole_minor(said["released"], told.body.currency),
    )


BONUS_COMPLETED = Teller("bonus_completed", facts)
