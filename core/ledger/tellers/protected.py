"""A strong sign of harm was found."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.player import PlayerProtected
from core.ledger.teller import Teller, Told


def facts(told: Told) -> Iterator[Fact]:
    """Yield the protection; never the sign."""
    yield PlayerProtected(rule=str(told.body.details.get("rule") or "unknown"))


PROTECTED = Teller("protected", facts)
