"""Money changed into another currency: no fact of play, payment or bonus, so nothing is told."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.ledger.teller import Teller, Told


def facts(_told: Told) -> Iterator[Fact]:
    """Yield nothing."""
    yield from ()


EXCHANGE = Teller("exchange", facts)
