"""A player takes a bonus: money of the house to play with until it is wagered."""

from core.bonuses.terms import BonusTerms, known_terms
from core.ledger.bonuses import active_of, begin_bonus, want_bonus
from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.posting import Posting
from core.ledger.rows import Bonus, Fund, House, Payment


def wants(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the bonus, those that are active, and the deposit it is granted for."""
    want_bonus(call, action, wanted)
    if deposit_id := _deposit_id(action):
        wanted.add(Payment, call.player, deposit_id)


def grant(posting: Posting) -> Result:
    """Credit the amount to the bonus fund by the terms of the context's `code`.

    The context's `deposit_id` names the deposit that funded it, if one did.
    """
    call, action = posting.call, posting.action
    terms = _terms(posting)
    if posting.books.get(Bonus, call.player, action.bet_ref) is not None:
        raise Refused(Status.STATE, f"bonus {action.bet_ref} is there already")
    if (other := active_of(posting)) is not None:
        raise Refused(Status.STATE, f"bonus {other.bonus_id} is active")
    _check_deposit(posting)
    posting.move({Fund.BONUS: action.amount}, House.BONUS)
    begin_bonus(posting, terms, action.bet_ref, _deposit_id(action) or None)
    return posting.finish()


def _terms(posting: Posting) -> BonusTerms:
    """Return the terms asked for, if they allow this grant."""
    call, action = posting.call, posting.action
    terms = known_terms().get(str(action.context.get("code")))
    if terms is None or not action.bet_ref:
        raise Refused(Status.REFUSED, "a grant needs an id, and a code in its context")
    most = terms.most_units(call.currency)
    if not 0 < action.amount <= most:
        raise Refused(Status.REFUSED, f"{terms.code} grants over 0 and at most {most}")
    return terms


def _check_deposit(posting: Posting) -> None:
    """Refuse a grant for a deposit that is not there: it may have been taken back already."""
    deposit_id = _deposit_id(posting.action)
    if not deposit_id:
        return
    payment = posting.books.get(Payment, posting.call.player, deposit_id)
    if payment is None or payment.kind != "deposit":
        raise Refused(Status.STATE, f"no deposit {deposit_id}")
    if payment.currency != posting.call.currency:
        raise Refused(Status.OTHER_PLAYERS, f"deposit {deposit_id} is in {payment.currency}")
    if payment.state != "approved":
        raise Refused(Status.STATE, f"deposit {deposit_id} is {payment.state}")


def _deposit_id(action: Action) -> str:
    return str(action.context.get("deposit_id") or "")


BONUS_GRANTED = Operation("bonus_granted", grant, wants)
