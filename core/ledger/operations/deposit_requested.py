"""A player asks to pay in: nothing moves yet, and only here may a rule still stop a deposit."""

from core.ledger.calls import Result
from core.ledger.operation import Operation
from core.ledger.paying import request_payment, want_payment
from core.ledger.posting import Posting


def request(posting: Posting) -> Result:
    """Write the deposit down."""
    request_payment(posting, "deposit")
    return posting.finish()


DEPOSIT_REQUESTED = Operation("deposit_requested", request, want_payment)
