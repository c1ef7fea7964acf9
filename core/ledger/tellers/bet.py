"""A stake taken."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.game import BetPlaced
from core.ledger.calls import Status
from core.ledger.teller import Teller, Told


def facts(told: Told) -> Iterator[Fact]:
    """Yield the bet; a void one (its rollback came first) never was."""
    if told.body.status == Status.OK:
        yield BetPlaced(**told.play(-1))


BET = Teller("bet", facts)
