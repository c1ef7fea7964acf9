"""A deposit taken back by the payer's bank."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import DepositChargedBack
from core.ledger.rows import Fund
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact; what the player was not charged, as his balance says it, the house lost."""
    fields = payment_fields(told)
    loss = fields["amount_minor"] + told.minor(Fund.REAL)
    yield DepositChargedBack(**fields, reason_code=told.text("reason"), house_loss_minor=loss)


DEPOSIT_CHARGED_BACK = Teller("deposit_charged_back", facts)
