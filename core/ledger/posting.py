"""One action being carried out: moves money between funds and the house, then keeps what it did.

Way: post -> operations -> here -> books. Every movement's legs sum to zero in its currency; a fund
that would fall below zero refuses the action.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.ledger.books import Books
from core.ledger.calls import Action, Balances, Call, Refused, Result, Status
from core.ledger.rows import Account, Fund, House, Leg, Movement, Outgoing
from core.money import INT64_MAX


@dataclass(slots=True)
class Posting:
    """An action on its way; `finish` ends it."""

    books: Books
    call: Call
    action: Action
    finding: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """What the operation adds to what downstream is told."""
    of_bonus: int = 0
    """How much of what is credited belongs to a bonus that was completed before."""
    _moved: Balances = field(default_factory=dict)
    _legs: int = 0
    _movement_id: int | None = None

    @property
    def movement_id(self) -> int:
        """The id of the movement this becomes."""
        if self._movement_id is None:
            self._movement_id = self.books.new_id()
        return self._movement_id

    def move(self, changes: Mapping[Fund, int], house: House, currency: str | None = None) -> None:
        """Change the player's funds; the house takes or gives the difference.

        `currency` null means the call's; what moves in another one is no part of the result.

        Raises:
            Refused: a fund would fall below zero, or there is none in this currency.
        """
        moved_in = currency or self.call.currency
        for fund, change in changes.items():
            if change:
                self._change(fund, change, moved_in)
        self._on_house(house, -sum(changes.values()), moved_in)

    def check_amount(self) -> None:
        """Refuse an amount of nothing where the provider's protocol knows none."""
        if not self.action.amount and not self.call.policy.accepts_zero_amount:
            raise Refused(Status.REFUSED, "the amount is zero")

    def between_houses(self, giver: House, taker: House, amount: int) -> None:
        """Move money from one account of the house to another."""
        self._on_house(giver, -amount, self.call.currency)
        self._on_house(taker, amount, self.call.currency)

    def finish(
        self, status: Status = Status.OK, *, amount: int | None = None, undone: str = "bet",
        detail: str = "",
    ) -> Result:  # fmt: skip
        """Keep the movement and what downstream is to be told; `amount` if not the action's.

        `undone` says what a rollback undid, `detail` what the asker should know.
        """
        after = self.books.balances(self.call.player, self.call.currency)
        moved = {fund: change for fund, change in self._moved.items() if change}
        result = Result(
            status=status, movement_id=self.movement_id, at_us=self.call.at_us, moved=moved,
            after=after, detail="; ".join(filter(None, (self.finding, detail))),
            of_bonus=self.of_bonus,
        )  # fmt: skip
        call, action = self.call, self.action
        self.books.put(
            Movement(
                id=self.movement_id, provider=call.provider, operation=action.operation,
                scope=action.scope, transaction_id=action.transaction_id, player=call.player,
                currency=call.currency, amount=action.amount if amount is None else amount,
                bet_ref=action.bet_ref, round_id=action.round_id,
                fingerprint=call.fingerprint(action),
                result=msgspec.json.encode(result).decode(), trace_id=call.trace_id,
                at_us=call.at_us,
            )
        )  # fmt: skip
        said = {"status": status, "moved": moved, "after": after}
        if self.finding:
            said["finding"] = self.finding
        if self.details:
            said["details"] = self.details
        if action.operation == "rollback":
            said["undone"] = undone
        # the row's id is the movement's: its event can be named from the movement for good
        self.books.put(outgoing(self.movement_id, call, action, action.operation, said))
        return result

    def tell(self, kind: str, said: Mapping[str, Any]) -> None:
        """Put what downstream is to be told into the outbox, in the same transaction."""
        self.books.put(outgoing(self.books.new_id(), self.call, self.action, kind, said))

    def _change(self, fund: Fund, change: int, currency: str) -> None:
        account = self.books.account(self.call.player, currency, fund)
        balance = account.balance + change
        if balance < 0:
            raise Refused(Status.INSUFFICIENT_FUNDS, f"{fund} would be {balance}")
        if balance > INT64_MAX:
            raise Refused(Status.REFUSED, f"{fund} would be beyond 64 bits")
        changed = msgspec.structs.replace(account, balance=balance, version=account.version + 1)
        self.books.put(changed)
        if currency == self.call.currency:
            self._moved[fund] = self._moved.get(fund, 0) + change
        self._leg(changed, change, is_house=False)

    def _on_house(self, house: House, change: int, currency: str) -> None:
        if abs(change) > INT64_MAX:
            raise Refused(Status.REFUSED, f"{house} would be moved beyond 64 bits")
        if change:
            self._leg(self.books.house(currency, house), change, is_house=True)

    def _leg(self, account: Account, amount: int, *, is_house: bool) -> None:
        self.books.put(
            Leg(
                movement_id=self.movement_id, place=self._legs, account_id=account.id,
                currency=account.currency, amount=amount,
                balance_after=None if is_house else account.balance,
                version=None if is_house else account.version,
            )
        )  # fmt: skip
        self._legs += 1


def outgoing(
    number: int, call: Call, action: Action, kind: str, said: Mapping[str, Any]
) -> Outgoing:
    """Return what downstream is told: the request as it came, and what became of it."""
    body = {
        "provider": call.provider, "operation": action.operation, "scope": action.scope,
        "transaction_id": action.transaction_id, "currency": call.currency,
        "amount": action.amount, "bet_ref": action.bet_ref, "round_id": action.round_id,
        "context": dict(action.context), **said,
    }  # fmt: skip
    return Outgoing(
        outgoing_id=number, player=call.player, kind=kind,
        body=msgspec.json.encode(body).decode(), trace_id=call.trace_id, at_us=call.at_us,
    )  # fmt: skip
