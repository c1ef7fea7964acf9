"""BONUS: the life of a bonus. Way: Fast Track <-> here <-> bonus facts.

In: pending and created are one offer. `Ongoing` is progress only where `meta.wagered_amount` says
how much; without it, and for lost and not applicable, no fact stands, nor for free money. Lost:
bonus_code, locked_amount.
Out: a bonus that ended with a withdrawal says `Forfeited`, with its deposit's charge-back
`Reversed`; campaign and deposit stay in the house.
"""

from __future__ import annotations

from typing import Any

from core.events.fact import Fact
from core.events.families import bonus as facts
from core.events.families.bonus import Bonus, Product
from core.events.fasttrack.fields import Fields
from core.events.fasttrack.kind import Export, MessageKind
from core.money import decimal
from core.rate import rate_decimal

PRODUCTS: dict[str, Product] = {
    "Casino": "casino", "Sportsbook": "sportsbook", "Lotto": "lotto", "Poker": "poker",
}  # fmt: skip
STATUSES: dict[str, tuple[type[Bonus], dict[str, Any]] | None] = {
    "Pending": (facts.BonusOffered, {}),
    "Created": (facts.BonusOffered, {}),
    "Claimed": (facts.BonusClaimed, {}),
    "Ongoing": (facts.BonusWagered, {}),
    "Completed": (facts.BonusCompleted, {}),
    "AutoCompleted": (facts.BonusCompleted, {}),
    "Forfeited": (facts.BonusForfeited, {"reason": "player"}),
    "Expired": (facts.BonusForfeited, {"reason": "expired"}),
    "Reversed": (facts.BonusForfeited, {"reason": "operator"}),
    "Lost": None,
    "NotApplicable": None,
}
WORDS: dict[type[Fact], str] = {
    facts.BonusOffered: "Created",
    facts.BonusClaimed: "Claimed",
    facts.BonusWagered: "Ongoing",
    facts.BonusCompleted: "Completed",
    facts.BonusForfeited: "Forfeited",
}
ENDINGS = {"player": "Forfeited", "withdrawal": "Forfeited", "expired": "Expired",
           "operator": "Reversed", "charge_back": "Reversed"}  # fmt: skip


def read(fields: Fields) -> Fact | str:
    """Read one step in the life of a bonus."""
    step = fields.choice("status", STATUSES)
    progress = fields.meta()
    if fields.flag("is_free_money"):
        return "free_money"
    if step is None:
        return fields.text("status")
    fact, said = step
    bonus = _shared(fields) | said
    if fact in (facts.BonusOffered, facts.BonusClaimed):
        bonus["required_wagering_minor"] = fields.minor_or_none("required_wagering_amount") or 0
    if fact is facts.BonusCompleted:
        bonus["turned_real_minor"] = fields.minor_or_none("bonus_turned_real") or 0
    if fact is facts.BonusWagered:
        if not progress.has("wagered_amount"):
            return "Ongoing"
        bonus["wagered_minor"] = progress.minor("wagered_amount")
    return fact(**bonus)


def identity(fields: Fields, fact: Fact) -> tuple[str, ...]:
    """A bonus is offered, claimed and ended once; its progress is told by its time."""
    step = type(fact).__name__, fields.text("user_bonus_id")
    return (*step, fields.at().isoformat()) if isinstance(fact, facts.BonusWagered) else step


def write(export: Export) -> dict[str, Any]:
    """Write one step in the life of a bonus."""
    bonus = export.event.fact
    if not isinstance(bonus, Bonus):
        raise TypeError(type(bonus).__name__)
    payload: dict[str, Any] = {
        "status": WORDS[type(bonus)],
        "bonus_id": bonus.bonus_id,
        "user_bonus_id": bonus.user_bonus_id,
        "type": bonus.bonus_type,
        "product": bonus.product.capitalize(),
        "currency": bonus.currency,
        "amount": decimal(bonus.amount_minor, bonus.currency),
        "exchange_rate": rate_decimal(bonus.exchange_rate_e6, bonus.currency, export.base_currency),
    }
    match bonus:
        case facts.BonusOffered() | facts.BonusClaimed():
            required = decimal(bonus.required_wagering_minor, bonus.currency)
            payload["required_wagering_amount"] = required
        case facts.BonusCompleted():
            payload["bonus_turned_real"] = decimal(bonus.turned_real_minor, bonus.currency)
        case facts.BonusWagered():
            payload["meta"] = {"wagered_amount": decimal(bonus.wagered_minor, bonus.currency)}
        case facts.BonusForfeited():
            payload["status"] = ENDINGS[bonus.reason]
    return payload


def _shared(fields: Fields) -> dict[str, Any]:
    return {
        "currency": fields.currency(),
        "exchange_rate_e6": fields.rate_e6(),
        "bonus_id": fields.text("bonus_id"),
        "user_bonus_id": fields.text("user_bonus_id"),
        "amount_minor": fields.minor("amount"),
        "product": fields.choice("product", PRODUCTS),
        "bonus_type": fields.text("type"),
    }


BONUS = MessageKind(
    kind="BONUS",
    read=read,
    identity=identity,
    writes=tuple(WORDS),
    write=write,
)
