"""A deposit asked for."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import DepositRequested
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    yield DepositRequested(**payment_fields(told))


DEPOSIT_REQUESTED = Teller("deposit_requested", facts)
