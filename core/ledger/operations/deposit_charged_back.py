"""The payer's bank takes a deposit back, often weeks later, whether or not the money is there.

What stands in real money goes; what is missing is the house's loss, so that no fund falls below
zero. Money on its way out (pending_withdrawal) is not touched: decline the withdrawal first.
"""

from core.ledger.calls import Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.paying import check_payable, payment_in, step_payment, want_payment
from core.ledger.posting import Posting
from core.ledger.rows import Fund, House
from core.ledger.units import units_text


def charge_back(posting: Posting) -> Result:
    """Take back the amount, at most the deposit's, from what is there; the rest is lost."""
    payment, amount = payment_in(posting, "deposit", "approved"), posting.action.amount
    check_payable(posting)
    if amount > payment.amount:
        raise Refused(Status.REFUSED, f"{amount} is more than the {payment.amount} paid in")
    held = posting.books.balances(posting.call.player, posting.call.currency)[Fund.REAL]
    taken = min(held, amount)
    lost = amount - taken
    posting.move({Fund.REAL: -taken}, House.PAYMENT)
    posting.between_houses(House.LOSS, House.PAYMENT, lost)
    step_payment(posting, payment, "charged_back", amount=amount)
    posting.details["lost"] = lost
    said = f"the house lost {units_text(lost, payment.currency)} {payment.currency}"
    return posting.finish(detail=said if lost else "")


DEPOSIT_CHARGED_BACK = Operation("deposit_charged_back", charge_back, want_payment)
