"""What all bonus facts say, from an outbox row. Way: tellers -> here -> events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.bonuses.terms import known_terms
from core.events.families.bonus import BonusWagered
from core.ledger.teller import Told
from core.ledger.units import whole_minor, whole_move


def bonus_fields(told: Told, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields every bonus fact shares; `amount_minor` is what was granted."""
    currency, terms = told.body.currency, known_terms().get(said["code"])
    fields = {
        "bonus_id": said["code"], "user_bonus_id": said["bonus_id"],
        "amount_minor": whole_minor(said["granted"], currency), "currency": currency,
        "exchange_rate_e6": told.exchange_rate_e6,
        "campaign_id": told.body.context.get("campaign_id"),
    }  # fmt: skip
    return fields | ({"product": terms.product, "bonus_type": terms.bonus_type} if terms else {})


def progress(told: Told) -> Iterator[BonusWagered]:
    """Yield how far a stake brought its bonus, below zero when it was taken back."""
    said = told.body.details.get("wagered")
    if said is not None:
        moved = whole_move(said["before"], said["after"], told.body.currency)
        if moved:
            yield BonusWagered(**bonus_fields(told, said), wagered_minor=moved)
