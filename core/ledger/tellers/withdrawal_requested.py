"""A payout asked for."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import WithdrawalRequested
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    yield WithdrawalRequested(**payment_fields(told))


WITHDRAWAL_REQUESTED = Teller("withdrawal_requested", facts)
