"""A deposit taken back by the payer's bank."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import DepositChargedBack
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    yield DepositChargedBack(**payment_fields(told), reason_code=told.text("reason"))


DEPOSIT_CHARGED_BACK = Teller("deposit_charged_back", facts)
