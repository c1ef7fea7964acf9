"""A deposit was refused by the player's bank or the payment provider; nothing moves."""

from core.ledger.calls import Result
from core.ledger.operation import Operation
from core.ledger.paying import payment_in, step_payment, want_payment, whole_of
from core.ledger.posting import Posting


def decline(posting: Posting) -> Result:
    """End the deposit."""
    payment = payment_in(posting, "deposit", "requested")
    whole_of(posting, payment)
    step_payment(posting, payment, "declined")
    return posting.finish()


DEPOSIT_DECLINED = Operation("deposit_declined", decline, want_payment)
