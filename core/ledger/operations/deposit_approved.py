"""The money of a deposit has arrived: it becomes real money."""

from core.ledger.calls import Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.paying import check_payable, payment_in, step_payment, want_payment
from core.ledger.posting import Posting
from core.ledger.rows import Fund, House


def approve(posting: Posting) -> Result:
    """Credit what arrived: what was asked for or, where the provider's policy has it so, less."""
    payment, amount = payment_in(posting, "deposit", "requested"), posting.action.amount
    check_payable(posting)
    if amount > payment.amount:
        raise Refused(Status.REFUSED, f"{amount} is more than the {payment.amount} asked for")
    if amount < payment.amount and not posting.call.policy.approves_less:
        raise Refused(Status.REFUSED, f"{amount} is less than the {payment.amount} asked for")
    posting.move({Fund.REAL: amount}, House.PAYMENT)
    step_payment(posting, payment, "approved", amount=amount)
    return posting.finish()


DEPOSIT_APPROVED = Operation("deposit_approved", approve, want_payment)
