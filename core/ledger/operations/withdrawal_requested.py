"""A player asks to be paid out: the money is set aside at once; no rule stops it here."""

from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Result
from core.ledger.operation import Operation
from core.ledger.paying import request_payment, want_payment
from core.ledger.posting import Posting
from core.ledger.rows import Fund, House


def wants(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the payment."""
    want_payment(call, action, wanted)


def request(posting: Posting) -> Result:
    """Set real money aside until it is paid or comes back."""
    payment = request_payment(posting, "withdrawal")
    posting.move({Fund.REAL: -payment.amount, Fund.PENDING: payment.amount}, House.PAYMENT)
    return posting.finish()


WITHDRAWAL_REQUESTED = Operation("withdrawal_requested", request, wants)
