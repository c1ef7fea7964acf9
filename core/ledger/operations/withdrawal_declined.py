"""A withdrawal is refused, by the operator or, once released, by the payment provider."""

from core.ledger.calls import Result
from core.ledger.operation import Operation
from core.ledger.paying import payment_in, step_payment, want_payment, whole_of
from core.ledger.posting import Posting
from core.ledger.rows import Fund, House


def decline(posting: Posting) -> Result:
    """Bring the pending money back; once released it may be on its way, so `by` operator waits."""
    is_operator = posting.action.context.get("by") == "operator"
    states = ("requested",) if is_operator else ("requested", "approved")
    payment = payment_in(posting, "withdrawal", *states)
    whole_of(posting, payment)
    posting.move({Fund.PENDING: -payment.amount, Fund.REAL: payment.amount}, House.PAYMENT)
    step_payment(posting, payment, "declined")
    return posting.finish()


WITHDRAWAL_DECLINED = Operation("withdrawal_declined", decline, want_payment)
