"""A player is on a break that ends by the clock."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.player import PlayerSelfExcluded, PlayerTimedOut
from core.ledger.teller import Teller, Told
from core.ledger.told_hold import until


def facts(told: Told) -> Iterator[Fact]:
    """Yield the break; one without an end is told as an exclusion, which is never too little."""
    end = until(told)
    yield PlayerTimedOut(until_at=end) if end else PlayerSelfExcluded(scope="operator")


TIMED_OUT = Teller("timed_out", facts)
