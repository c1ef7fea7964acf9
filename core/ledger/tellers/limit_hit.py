"""A limit kept something from happening."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.limit import LimitHit
from core.ledger.teller import Teller, Told
from core.ledger.told_limit import limit_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the limit that bound."""
    named = limit_fields(told)
    if named is not None:
        yield LimitHit(**named)


LIMIT_HIT = Teller("limit_hit", facts)
