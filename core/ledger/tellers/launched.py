"""A game opened."""

from collections.abc import Iterator

import msgspec

from core.events.fact import Fact
from core.events.families.game import GameLaunched
from core.ledger.teller import Teller, Told


def facts(told: Told) -> Iterator[Fact]:
    """Yield the launch; the session is known by the hash of its name."""
    said = {
        "session_id": told.text("session_id"),
        "game_id": told.text("game_id"),
        "vendor_id": told.text("vendor_id", told.body.provider),
        "game_type": told.text("game_type", "other"),
        "volatility": told.text("volatility"),
    }
    yield msgspec.convert(said, GameLaunched)


LAUNCHED = Teller("launched", facts)
