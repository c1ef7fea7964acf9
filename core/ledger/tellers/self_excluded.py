"""A player is excluded."""

from collections.abc import Iterator
from typing import Any

from core.events.fact import Fact
from core.events.families.player import PlayerSelfExcluded
from core.ledger.teller import Teller, Told
from core.ledger.told_hold import until


def facts(told: Told) -> Iterator[Fact]:
    """Yield the exclusion."""
    said: dict[str, Any] = told.body.details
    yield PlayerSelfExcluded(
        scope="register" if said.get("scope") == "register" else "operator",
        register=said.get("register"), until_at=until(told),
    )  # fmt: skip


SELF_EXCLUDED = Teller("self_excluded", facts)
