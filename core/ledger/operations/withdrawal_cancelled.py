"""A player takes a withdrawal back before it is released."""

from core.ledger.calls import Result
from core.ledger.operation import Operation
from core.ledger.paying import payment_in, step_payment, want_payment, whole_of
from core.ledger.posting import Posting
from core.ledger.rows import Fund, House


def cancel(posting: Posting) -> Result:
    """Bring the pending money back to real money."""
    payment = payment_in(posting, "withdrawal", "requested")
    whole_of(posting, payment)
    posting.move({Fund.PENDING: -payment.amount, Fund.REAL: payment.amount}, House.PAYMENT)
    step_payment(posting, payment, "cancelled")
    return posting.finish()


WITHDRAWAL_CANCELLED = Operation("withdrawal_cancelled", cancel, want_payment)
