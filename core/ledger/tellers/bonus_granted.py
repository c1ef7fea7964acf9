"""A bonus taken."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.bonus import BonusClaimed
from core.ledger.teller import Teller, Told
from core.ledger.told_bonus import bonus_fields
from core.ledger.units import whole_minor


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    said = told.body.details
    yield BonusClaimed(
        **bonus_fields(told, said),
        required_wagering_minor=whole_minor(said["required"], told.body.currency),
        deposit_id=said.get("deposit_id"),
    )


BONUS_GRANTED = Teller("bonus_granted", facts)
