"""A higher limit is wished for."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.limit import LimitIncreaseRequested
from core.ledger.teller import Teller, Told
from core.ledger.told_limit import amount_minor, limit_fields, money_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the wish."""
    named = limit_fields(told)
    if named is not None:
        amount = amount_minor(told, "amount")
        yield LimitIncreaseRequested(**named, **money_fields(told), amount_minor=amount)


LIMIT_INCREASE_REQUESTED = Teller("limit_increase_requested", facts)
