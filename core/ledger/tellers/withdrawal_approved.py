"""A payout released."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import WithdrawalApproved
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    yield WithdrawalApproved(**payment_fields(told))


WITHDRAWAL_APPROVED = Teller("withdrawal_approved", facts)
