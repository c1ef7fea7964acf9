"""Money changed into another currency: told in both, each as the difference of whole balances.

So all events of an account add up to its balance in either currency.
"""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.payment import CurrencyExchanged
from core.ledger.rows import Fund
from core.ledger.teller import Teller, Told
from core.ledger.units import whole_move
from core.money import decimal_text


def facts(told: Told) -> Iterator[Fact]:
    """Yield what was sold and what was bought."""
    body, said = told.body, told.body.details
    other = str(said["currency"])
    sold = -told.minor(Fund.REAL)
    bought = whole_move(said["held"] - said["bought"], said["held"], other)
    shared = {"exchange_id": body.transaction_id, "rate": str(said["rate"])}
    yield CurrencyExchanged(
        **shared, side="sold", amount_minor=sold, currency=body.currency,
        exchange_rate_e6=told.exchange_rate_e6, other_currency=other,
        other_amount=decimal_text(bought, other),
    )  # fmt: skip
    yield CurrencyExchanged(
        **shared, side="bought", amount_minor=bought, currency=other,
        exchange_rate_e6=told.rate_of(other), other_currency=body.currency,
        other_amount=decimal_text(sold, body.currency),
    )  # fmt: skip


EXCHANGE = Teller("exchange", facts)
