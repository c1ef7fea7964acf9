"""What stands between a request and the money. Way: post -> here -> rules, in the same transaction.

A guard is asked once for every action that is new, with the books of the moment under lock. What it
finds goes into the reply and into the event, whether it refuses or only remarks; what it wants kept
is written in the same transaction, with the money or, where it refused, without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.ledger.books import Books, Wanted
from core.ledger.calls import Action, Call, Result
from core.ledger.rows import Wallet

TAKES_MONEY = frozenset({"bet", "hold", "deposit_requested", "bonus_granted"})
"""Operations that put more at stake, or tempt to."""
REFUSABLE = TAKES_MONEY | {"withdrawal_cancelled", "withdrawal_approved"}
"""Operations a guard may refuse: those, playing on with a payout, and releasing one held by law."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule says of an action; one that refuses names why in words for the risk desk."""

    rule: str
    detail: str
    refuses: bool


Write = Callable[[Books, Result], None]


def nothing(_books: Books, _result: Result) -> None:
    """Keep nothing."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a guard found, and what it writes once the action's result is known.

    `write` is called with the books as they then are: after the action, or, if the call was
    refused, without any of its actions.
    """

    found: tuple[Found, ...]
    write: Write = nothing


class Guard(Protocol):
    """Somebody who is asked before money moves."""

    def wants(self, call: Call, action: Action, wanted: Wanted) -> None:
        """Want the rows `look` will ask the books for."""
        ...

    def look(self, books: Books, call: Call, action: Action) -> Opinion | None:
        """Return an opinion; null for none."""
        ...


Check = Callable[[Books, Call, Action], Found | None]


@dataclass(frozen=True, slots=True)
class CheckGuard:
    """A guard that is one check of rows that are there anyway, and keeps nothing."""

    check: Check

    def wants(self, call: Call, action: Action, wanted: Wanted) -> None:
        """Want no rows beyond the wallet, which is always there."""

    def look(self, books: Books, call: Call, action: Action) -> Opinion | None:
        """Return what the check finds."""
        found = self.check(books, call, action)
        return None if found is None else Opinion((found,))


def wallet_is_open(books: Books, call: Call, action: Action) -> Found | None:
    """Refuse stakes and deposits of a wallet that is blocked or closed; never a win or payout."""
    wallet = books.get(Wallet, call.player)
    if wallet is None or wallet.state == "open" or action.operation not in TAKES_MONEY:
        return None
    return Found("wallet_is_open", f"the wallet is {wallet.state}", refuses=True)


WALLET_IS_OPEN = CheckGuard(wallet_is_open)
