"""A stake taken."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.game import BetPlaced
from core.ledger.calls import Status
from core.ledger.teller import Teller, Told
from core.ledger.told_bonus import progress


def facts(told: Told) -> Iterator[Fact]:
    """Yield the bet and how far it brought a bonus; a void one never was."""
    if told.body.status == Status.OK:
        yield BetPlaced(**told.play(-1))
        yield from progress(told)


BET = Teller("bet", facts)
