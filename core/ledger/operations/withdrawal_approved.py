"""The operator releases a withdrawal to the payment provider; the money still waits."""

from core.ledger.calls import Result
from core.ledger.operation import Operation
from core.ledger.paying import payment_in, step_payment, want_payment, whole_of
from core.ledger.posting import Posting


def approve(posting: Posting) -> Result:
    """Release all of it: a withdrawal is paid as a whole."""
    payment = payment_in(posting, "withdrawal", "requested")
    whole_of(posting, payment)
    step_payment(posting, payment, "approved")
    return posting.finish()


WITHDRAWAL_APPROVED = Operation("withdrawal_approved", approve, want_payment)
