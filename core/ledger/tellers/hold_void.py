"""Money set aside or released: no fact of play, payment or bonus, so nothing is told of it."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.ledger.teller import Teller, Told


def facts(_told: Told) -> Iterator[Fact]:
    """Yield nothing."""
    yield from ()


HOLD_VOID = Teller("hold_void", facts)
