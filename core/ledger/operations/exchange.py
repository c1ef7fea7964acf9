"""A player changes money of one currency into another of his, at a rate that is given.

`bet_ref` is the rate as it is asked for, `SEK@11.2345`: whole units of the other currency for one
whole unit of the call's. It stands there, not in the context: the same id at another rate is
refused. What the player gets is rounded `DOWN` to the ledger's unit (a millionth): the exchange
never gives more than the rate, and keeps less than one unit. One movement, two legs per currency
through the house's exchange accounts, so each currency sums to zero on its own. A bonus that a
payout would end must be ended first: else real money left its currency and the bonus stayed.
"""

from core.errors import MoneyError
from core.ledger.bonuses import active_of, is_forfeited_by_withdrawal
from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.posting import Posting
from core.ledger.rows import HOUSE, Bonus, Fund, House
from core.ledger.units import ledger_exponent
from core.money import INT64_MAX, Rounding, divided, scaled

RATE_PLACES = 12
ROUNDING = Rounding.DOWN


def wants(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the accounts of the other currency, and the bonuses that are active."""
    wanted.of_players.add(Bonus)
    other = action.bet_ref.partition("@")[0]
    wanted.accounts |= {(call.player, other), (HOUSE, other)}


def bought(amount: int, rate: str, currency: str, other: str) -> int:
    """Return what an amount buys, both in ledger units.

    >>> bought(10_000_000, "11.2345", "EUR", "SEK"), bought(1, "0.5", "EUR", "SEK")
    (112345000, 0)

    Raises:
        MoneyError: the rate is no decimal above 0, or there is no such currency.
    """
    scaled_rate = scaled(rate, RATE_PLACES)
    if scaled_rate <= 0:
        raise MoneyError(f"a rate of {rate}", expected="a decimal above 0")
    given = amount * scaled_rate * 10 ** ledger_exponent(other)
    return divided(given, 10 ** (RATE_PLACES + ledger_exponent(currency)), ROUNDING)


def exchange(posting: Posting) -> Result:
    """Move real money out of one currency and into the other."""
    call, action = posting.call, posting.action
    other, _, rate = action.bet_ref.partition("@")
    if other == call.currency:
        raise Refused(Status.REFUSED, "an exchange needs two currencies")
    if not posting.books.balances(call.player, other):
        raise Refused(Status.CURRENCY_UNKNOWN, f"no account in {other}")
    bonus = active_of(posting)
    if bonus is not None and is_forfeited_by_withdrawal(bonus):
        raise Refused(Status.STATE, f"bonus {bonus.bonus_id} is active: end it first")
    try:
        gained = bought(action.amount, rate, call.currency, other)
    except MoneyError as error:
        raise Refused(Status.REFUSED, str(error)) from error
    if not 0 < gained <= INT64_MAX:
        raise Refused(Status.REFUSED, f"{action.amount} {call.currency} buy {gained} {other}")
    posting.move({Fund.REAL: -action.amount}, House.EXCHANGE)
    posting.move({Fund.REAL: gained}, House.EXCHANGE, other)
    held = posting.books.balances(call.player, other)[Fund.REAL]
    posting.details |= {"currency": other, "bought": gained, "held": held, "rate": rate}
    return posting.finish(detail=f"{gained} units of {other}")


EXCHANGE = Operation("exchange", exchange, wants)
