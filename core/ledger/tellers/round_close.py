"""A round closed for its age: what was staked and won in it is told by its bets and wins."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.ledger.teller import Teller, Told


def facts(_told: Told) -> Iterator[Fact]:
    """Yield nothing."""
    yield from ()


ROUND_CLOSE = Teller("round_close", facts)
