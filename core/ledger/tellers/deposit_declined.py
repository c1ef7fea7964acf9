"""A deposit refused."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import DepositDeclined
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import decline_code, payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact with a reason the events know."""
    yield DepositDeclined(**payment_fields(told), decline_code=decline_code(told.text("reason")))


DEPOSIT_DECLINED = Teller("deposit_declined", facts)
