"""The house gives money that belongs to no bet: a jackpot, a free-round win, a prize.

It is real money, unless the context's `bonus_code` names terms it is given by: then it is a bonus
of its own. One bonus runs at a time, so while another does, it is locked winnings of that one.
"""

from core.bonuses.terms import BonusTerms, known_terms
from core.ledger.bonuses import active_of, begin_bonus
from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Result
from core.ledger.operation import Operation
from core.ledger.posting import Posting
from core.ledger.rows import Bonus, Fund, House
from core.ledger.wagering import running
from core.money import INT64_MAX


def wants(_call: Call, action: Action, wanted: Wanted) -> None:
    """Want the bonuses that are active where it may become one."""
    if action.context.get("bonus_code"):
        wanted.of_players.add(Bonus)


def give(posting: Posting) -> Result:
    """Credit the amount; nothing that stands in the way of a bonus refuses it."""
    posting.check_amount()
    amount, terms = posting.action.amount, _terms(posting)
    if terms is None or not amount:
        posting.move({Fund.REAL: amount}, House.PROMOTION)
    elif running(posting) is not None:
        posting.move({Fund.LOCKED: amount}, House.BONUS)
    elif active_of(posting) is not None:  # over, and nobody has swept it up yet
        posting.move({Fund.REAL: amount}, House.PROMOTION)
    else:
        posting.move({Fund.BONUS: amount}, House.BONUS)
        begin_bonus(posting, terms, f"won {posting.movement_id}")
    return posting.finish()


def _terms(posting: Posting) -> BonusTerms | None:
    """Return the terms the money is given by; none where they are not offered in its currency."""
    terms = known_terms().get(str(posting.action.context.get("bonus_code")))
    if terms is None or not terms.most_units(posting.call.currency):
        return None
    most = posting.action.amount * max(terms.multiplier, terms.release_multiple or 1)
    return terms if most <= INT64_MAX else None


PROMOTION = Operation(name="promotion", carry_out=give, wants=wants)
