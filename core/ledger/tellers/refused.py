"""A stake or a deposit a rule refused."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.game import BetRefused
from core.events.families.payment import DepositDeclined, DepositRequested
from core.ledger.teller import Teller, Told
from core.ledger.told_payment import decline_code, payment_fields


def facts(told: Told) -> Iterator[Fact]:
    """Yield the refusal of a bet, or a deposit asked for and declined; nothing of others."""
    body = told.body
    rule = body.detail.partition(":")[0] or "unknown"
    if body.operation == "bet":
        yield BetRefused(
            activity_id=body.transaction_id, game_id=told.text("game_id"),
            vendor_id=told.text("vendor_id", body.provider), amount_minor=told.asked_minor(),
            rule=rule, round_id=body.round_id or None,
            currency=body.currency, exchange_rate_e6=told.exchange_rate_e6,
        )  # fmt: skip
    elif body.operation == "deposit_requested":
        yield DepositRequested(**payment_fields(told))
        code = decline_code("limit" if "limit" in rule else rule)
        yield DepositDeclined(**payment_fields(told), decline_code=code)


REFUSED = Teller("refused", facts)
