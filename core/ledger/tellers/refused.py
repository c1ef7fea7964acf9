"""A stake a rule refused."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.game import BetRefused
from core.ledger.teller import Teller, Told


def facts(told: Told) -> Iterator[Fact]:
    """Yield the refusal of a bet; what refuses other operations is told by their own desks."""
    body = told.body
    if body.operation == "bet":
        yield BetRefused(
            activity_id=body.transaction_id, game_id=told.text("game_id"),
            vendor_id=told.text("vendor_id", body.provider), amount_minor=told.asked_minor(),
            rule=body.detail.partition(":")[0] or "unknown", round_id=body.round_id or None,
            currency=body.currency, exchange_rate_e6=told.exchange_rate_e6,
        )  # fmt: skip


REFUSED = Teller("refused", facts)
