"""A withdrawal has been paid: the money leaves the house."""

from core.ledger.calls import Result
from core.ledger.operation import Operation
from core.ledger.paying import payment_in, step_payment, want_payment, whole_of
from core.ledger.posting import Posting
from core.ledger.rows import Fund, House


def pay(posting: Posting) -> Result:
    """Let the pending money go."""
    payment = payment_in(posting, "withdrawal", "approved")
    whole_of(posting, payment)
    posting.move({Fund.PENDING: -payment.amount}, House.PAYMENT)
    step_payment(posting, payment, "paid")
    return posting.finish()


WITHDRAWAL_PAID = Operation("withdrawal_paid", pay, want_payment)
