"""A payout taken back by the player."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import WithdrawalCancelled
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the fact."""
    yield WithdrawalCancelled(**payment_fields(told))


WITHDRAWAL_CANCELLED = Teller("withdrawal_cancelled", facts)
