"""A rule of a pack applied."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.decision import RuleApplied
from core.ledger.teller import Teller, Told

_FIELDS = ("request", "rule", "effect", "event", "decision", "pack", "reason", "duty")


def facts(told: Told) -> Iterator[Fact]:
    """Yield the rule; never what it saw."""
    yield RuleApplied(**{name: str(told.body.details.get(name) or "") for name in _FIELDS})


RULED = Teller("ruled", facts)
