"""An exclusion is over."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.player import PlayerExclusionEnded
from core.ledger.teller import Teller, Told


def facts(told: Told) -> Iterator[Fact]:
    """Yield its end."""
    is_register = told.body.details.get("scope") == "register"
    yield PlayerExclusionEnded(scope="register" if is_register else "operator")


EXCLUSION_ENDED = Teller("exclusion_ended", facts)
