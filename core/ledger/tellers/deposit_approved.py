"""Money that arrived."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import DepositApproved
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    yield DepositApproved(**payment_fields(told), bonus_code=told.body.details.get("bonus_code"))


DEPOSIT_APPROVED = Teller("deposit_approved", facts)
