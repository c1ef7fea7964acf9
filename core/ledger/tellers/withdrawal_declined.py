"""A payout refused."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import WithdrawalDeclined
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    yield WithdrawalDeclined(**payment_fields(told), decline_code=told.text("reason"))


WITHDRAWAL_DECLINED = Teller("withdrawal_declined", facts)
