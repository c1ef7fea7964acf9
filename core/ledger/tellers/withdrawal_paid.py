"""Money that left the house."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import WithdrawalPaid
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    yield WithdrawalPaid(**payment_fields(told))


WITHDRAWAL_PAID = Teller("withdrawal_paid", facts)
