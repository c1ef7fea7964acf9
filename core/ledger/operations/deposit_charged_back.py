"""The payer's bank takes a deposit back, often weeks later, whether or not the money is there.

What stands in real money goes; what is missing is the house's loss, so that no fund falls below
zero. Money on its way out (pending_withdrawal) is not touched: decline the withdrawal first. A
bonus that runs and was granted for the deposit ends in the same movement, unless its terms keep it.
"""

from typing import Any

from core.ledger.bonuses import active_of, end_bonus, is_forfeited_by_charge_back
from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.paying import check_payable, payment_in, step_payment, want_payment
from core.ledger.posting import Posting
from core.ledger.rows import Bonus, Fund, House
from core.ledger.units import units_text


def wants(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the payment, and the bonuses that are active."""
    want_payment(call, action, wanted)
    wanted.of_players.add(Bonus)


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
    bonus = _funded(posting, payment.payment_id)
    said: list[str] = []
    if lost:
        said.append(f"the house lost {units_text(lost, payment.currency)} {payment.currency}")
    told: dict[str, Any] = {}
    if bonus is not None:
        told = end_bonus(posting, bonus, "forfeited", is_released=False)
        said.append(f"bonus {bonus.bonus_id} is forfeited")
    result = posting.finish(detail="; ".join(said))
    if told:
        posting.tell("bonus_forfeited", {"details": {**told, "reason": "charge_back"}})
    return result


def _funded(posting: Posting, payment_id: str) -> Bonus | None:
    """Return the bonus that ends with the deposit, if one does."""
    bonus = active_of(posting)
    if bonus is None or not is_forfeited_by_charge_back(bonus, payment_id):
        return None
    return bonus


DEPOSIT_CHARGED_BACK = Operation("deposit_charged_back", charge_back, wants)
