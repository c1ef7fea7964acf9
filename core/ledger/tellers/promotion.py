"""A prize given."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.game import PrizePaid
from core.ledger.rows import Fund
from core.ledger.teller import Teller, Told


def facts(told: Told) -> Iterator[Fact]:
    """Yield the prize."""
    body = told.body
    yield PrizePaid(
        activity_id=body.transaction_id, vendor_id=told.text("vendor_id", body.provider),
        amount_minor=told.minor(Fund.REAL), kind=told.text("promotion"),
        game_id=body.context.get("game_id") or None, currency=body.currency,
        exchange_rate_e6=told.exchange_rate_e6,
    )  # fmt: skip


PROMOTION = Teller("promotion", facts)
