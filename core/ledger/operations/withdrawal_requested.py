"""A player asks to be paid out: the money is set aside at once; no rule stops it here.

If the terms of his active bonus say so, the payout ends it, in the same movement.
"""

from core.ledger.bonuses import active_of, end_bonus, is_forfeited_by_withdrawal
from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Result
from core.ledger.operation import Operation
from core.ledger.paying import request_payment, want_payment
from core.ledger.posting import Posting
from core.ledger.rows import Bonus, Fund, House


def wants(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the payment, and the bonuses that are active."""
    want_payment(call, action, wanted)
    wanted.of_players.add(Bonus)


def request(posting: Posting) -> Result:
    """Set real money aside until it is paid or comes back."""
    payment = request_payment(posting, "withdrawal")
    posting.move({Fund.REAL: -payment.amount, Fund.PENDING: payment.amount}, House.PAYMENT)
    bonus = active_of(posting)
    if bonus is None or not is_forfeited_by_withdrawal(bonus):
        return posting.finish()
    said = end_bonus(posting, bonus, "forfeited", is_released=False)
    result = posting.finish(detail=f"bonus {bonus.bonus_id} is forfeited")
    posting.tell("bonus_forfeited", {"details": {**said, "reason": "withdrawal"}})
    return result


WITHDRAWAL_REQUESTED = Operation("withdrawal_requested", request, wants)
