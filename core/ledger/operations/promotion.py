"""The house gives real money that belongs to no bet: a jackpot, a free-round win, a prize."""

from core.ledger.calls import Result
from core.ledger.operation import Operation
from core.ledger.posting import Posting
from core.ledger.rows import Fund, House


def give(posting: Posting) -> Result:
    """Credit the amount to real money."""
    posting.check_amount()
    posting.move({Fund.REAL: posting.action.amount}, House.PROMOTION)
    return posting.finish()


PROMOTION = Operation(name="promotion", carry_out=give)
