"""A person released a player who had a strong sign of harm."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.player import PlayerReleased
from core.ledger.teller import Teller, Told


def facts(told: Told) -> Iterator[Fact]:
    """Yield the release."""
    yield PlayerReleased(rule=str(told.body.details.get("rule") or "unknown"))


RELEASED = Teller("released", facts)
