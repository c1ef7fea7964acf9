"""A deposit left undecided."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import DepositCancelled
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    yield DepositCancelled(**payment_fields(told))


DEPOSIT_CANCELLED = Teller("deposit_cancelled", facts)
