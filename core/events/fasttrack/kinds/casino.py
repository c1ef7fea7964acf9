"""CASINO: bets, wins and their undoing. Way: Fast Track <-> here <-> game facts.

In: without any of the three wagers the whole amount counts as cash. A win of nothing and play with
free money are no facts of ours and stay unknown. An undone message names itself unless its meta
says `reference_activity_id`. Lost: is_round_end, balance_before, vendor_name.
Out: `is_round_end` is true for a win; volatility, session and local hour stay in the house.
"""

from __future__ import annotations

from typing import Any

from core.errors import EventError
from core.events.fact import Fact
from core.events.families.game import BetPlaced, BetRolledBack, BetWon, GameType, Play
from core.events.fasttrack.fields import Fields
from core.events.fasttrack.kind import Export, MessageKind
from core.money import decimal
from core.rate import rate_decimal

TYPES: dict[str, type[BetPlaced | BetWon]] = {"Bet": BetPlaced, "Win": BetWon}
STATUSES = {"Approved": False, "Rollback": True}
WAGERS = {
    "wager_amount": "wager_minor",
    "bonus_wager_amount": "bonus_wager_minor",
    "locked_wager_amount": "locked_wager_minor",
}
GAME_TYPES: dict[str, GameType] = {
    "slot": "slots", "slots": "slots", "videoslots": "slots", "video slots": "slots",
    "table": "table", "table games": "table", "roulette": "table", "blackjack": "table",
    "live": "live_casino", "live casino": "live_casino", "live_casino": "live_casino",
    "crash": "crash", "bingo": "bingo", "sports": "sports",
}  # fmt: skip


def read(fields: Fields) -> Fact | str:
    """Read a message whose wagers add up to its amount."""
    fact = fields.choice("type", TYPES)
    undone = fields.choice("status", STATUSES)
    shared = _shared(fields)
    if fields.flag("is_free_money"):
        return "free_money"
    if fact is BetWon and shared["amount_minor"] == 0:
        return "win_of_nothing"
    if not undone:
        return fact(**shared)
    reference = fields.meta().text_or_none("reference_activity_id") or fields.text("activity_id")
    return BetRolledBack(
        **shared, reference_activity_id=reference, undone="bet" if fact is BetPlaced else "win"
    )


def identity(fields: Fields, fact: Fact) -> tuple[str, ...]:
    """One activity is one event, and its undoing another."""
    return type(fact).__name__, fields.text("type"), fields.text("activity_id")


def write(export: Export) -> dict[str, Any]:
    """Write a play."""
    play = export.event.fact
    if not isinstance(play, Play):
        raise TypeError(type(play).__name__)
    is_win = isinstance(play, BetWon) or (isinstance(play, BetRolledBack) and play.undone == "win")
    is_undone = isinstance(play, BetRolledBack)
    amounts = {"amount": play.amount_minor} | {w: getattr(play, f) for w, f in WAGERS.items()}
    if play.balance_after_minor is not None:
        amounts["balance_after"] = play.balance_after_minor
    payload: dict[str, Any] = {
        name: decimal(minor, play.currency) for name, minor in amounts.items()
    }
    payload |= {name: getattr(play, name) for name in ("activity_id", "round_id", "game_id",
                                                       "vendor_id", "game_type")}  # fmt: skip
    payload |= {
        "type": "Win" if is_win else "Bet",
        "status": "Rollback" if is_undone else "Approved",
        "game_name": play.game_name or play.game_id,
        "is_round_end": is_win and not is_undone,
        "currency": play.currency,
        "exchange_rate": rate_decimal(play.exchange_rate_e6, play.currency, export.base_currency),
    }
    if isinstance(play, BetRolledBack):
        payload["meta"] = {"reference_activity_id": play.reference_activity_id}
    return payload


def _shared(fields: Fields) -> dict[str, Any]:
    amount = fields.minor("amount")
    wagers = {name: fields.minor_or_none(wire) for wire, name in WAGERS.items()}
    if all(wager is None for wager in wagers.values()):
        wagers["wager_minor"] = amount
    split = {name: wager or 0 for name, wager in wagers.items()}
    if sum(split.values()) != amount:
        raise EventError(
            f"amount {fields.payload['amount']} is not wager + bonus_wager + locked_wager",
            expected="the three to add up to it",
        )
    game_type = (fields.text_or_none("game_type") or "").lower()
    return split | {
        "currency": fields.currency(),
        "exchange_rate_e6": fields.rate_e6(),
        "activity_id": fields.text("activity_id"),
        "round_id": fields.text("round_id"),
        "game_id": fields.text("game_id"),
        "vendor_id": fields.text("vendor_id"),
        "amount_minor": amount,
        "game_name": fields.text_or_none("game_name"),
        "game_type": GAME_TYPES.get(game_type, "other"),
        "balance_after_minor": fields.minor_or_none("balance_after", signed=True),
    }


CASINO = MessageKind(
    kind="CASINO",
    read=read,
    identity=identity,
    writes=(BetPlaced, BetWon, BetRolledBack),
    write=write,
)
