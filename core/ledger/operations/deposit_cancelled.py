"""A player left a deposit before it was decided; nothing moves."""

from core.ledger.calls import Result
from core.ledger.operation import Operation
from core.ledger.paying import payment_in, step_payment, want_payment, whole_of
from core.ledger.posting import Posting


def cancel(posting: Posting) -> Result:
    """End the deposit."""
    payment = payment_in(posting, "deposit", "requested")
    whole_of(posting, payment)
    step_payment(posting, payment, "cancelled")
    return posting.finish()


DEPOSIT_CANCELLED = Operation("deposit_cancelled", cancel, want_payment)
