"""A win credited."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.game import BetWon
from core.ledger.calls import Status
from core.ledger.teller import Teller, Told


def facts(told: Told) -> Iterator[Fact]:
    """Yield the win; a bet settled without one has none."""
    if told.body.status == Status.OK and told.body.amount:
        yield BetWon(**told.play(1))


WIN = Teller("win", facts)
