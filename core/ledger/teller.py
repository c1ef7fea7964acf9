"""From an outbox row to facts. Way: relay -> here -> tellers/* -> events.

Funds of the ledger become the event's cash, bonus and locked parts; ledger units become minor units
as differences of whole balances, so that all events of an account add up to its balance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from core.events.fact import Fact
from core.ledger.rows import PLAYABLE, Fund
from core.ledger.units import whole_minor, whole_move


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What an outbox row says: the action as it was asked and what became of it."""

    provider: str
    operation: str
    transaction_id: str
    currency: str
    amount: int
    scope: str = ""
    bet_ref: str = ""
    round_id: str = ""
    status: str = "ok"
    detail: str = ""
    finding: str | None = None
    undone: Literal["bet", "win"] = "bet"
    moved: dict[Fund, int] = {}
    after: dict[Fund, int] = {}
    context: dict[str, Any] = {}
    details: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """An outbox row on its way: the rate turns minor units into base currency (see core.rate).

    `rate_of` gives the rate of any other currency the row speaks of.
    """

    body: Body
    exchange_rate_e6: int
    rate_of: Callable[[str], int]

    def minor(self, fund: Fund) -> int:
        """Return how much a fund gained, in minor units."""
        after = self.body.after.get(fund, 0)
        before = after - self.body.moved.get(fund, 0)
        return whole_move(before, after, self.body.currency)

    def asked_minor(self) -> int:
        """Return the amount asked for, in whole minor units."""
        return whole_minor(self.body.amount, self.body.currency)

    def text(self, name: str, default: str = "unknown") -> str:
        """Return a text of the request's context."""
        return str(self.body.context.get(name) or default)

    def play(self, sign: int) -> dict[str, Any]:
        """Return the fields bets and wins share; `sign` is that of the funds' change."""
        body = self.body
        parts = {fund: sign * self.minor(fund) for fund in PLAYABLE}
        return {
            "activity_id": body.transaction_id,
            "round_id": body.round_id or body.bet_ref or body.transaction_id,
            "game_id": self.text("game_id"),
            "vendor_id": self.text("vendor_id", body.provider),
            "currency": body.currency,
            "exchange_rate_e6": self.exchange_rate_e6,
            "amount_minor": sum(parts.values()),
            "wager_minor": parts[Fund.REAL],
            "bonus_wager_minor": parts[Fund.BONUS],
            "locked_wager_minor": parts[Fund.LOCKED],
            "game_name": body.context.get("game_name") or None,
            "game_type": self.text("game_type", "other"),
            "volatility": self.text("volatility"),
            "session_id": body.context.get("session_id") or None,
            "balance_after_minor": sum(
                whole_minor(body.after.get(fund, 0), body.currency) for fund in PLAYABLE
            ),
            "finding": body.finding,
        }


@dataclass(frozen=True, slots=True)
class Teller:
    """A declared kind of outbox row and the facts it becomes; none for what moved nothing."""

    kind: str
    facts: Callable[[Told], Iterable[Fact]]
