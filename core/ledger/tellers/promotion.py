"""A prize given: real money, a bonus, or winnings locked with a bonus."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.bonus import BonusClaimed
from core.events.families.game import BetWon, PrizePaid
from core.ledger.rows import Fund
from core.ledger.teller import Teller, Told
from core.ledger.told_bonus import bonus_fields
from core.ledger.units import whole_minor


def facts(told: Told) -> Iterator[Fact]:
    """Yield the prize, so that what it adds to any fund is said once."""
    body, said = told.body, told.body.details
    if "granted" in said:
        required = whole_minor(said["required"], body.currency)
        yield BonusClaimed(**bonus_fields(told, said), required_wagering_minor=required)
    elif Fund.LOCKED in body.moved:
        yield BetWon(**told.play(1))
    else:
        yield PrizePaid(
            activity_id=body.transaction_id, vendor_id=told.text("vendor_id", body.provider),
            amount_minor=told.minor(Fund.REAL), kind=told.text("promotion"),
            game_id=body.context.get("game_id") or None, currency=body.currency,
            exchange_rate_e6=told.exchange_rate_e6,
        )  # fmt: skip


PROMOTION = Teller("promotion", facts)
