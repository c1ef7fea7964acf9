"""What stands between a request and the money. Way: post -> here -> rules, in the same transaction.

A guard is asked once for every action that is new, with the books of the moment under lock. What it
finds goes into the reply and into the event, whether it refuses or only remarks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.ledger.books import Books, Wanted
from core.ledger.calls import Action, Call
from core.ledger.rows import Wallet

TAKES_MONEY = frozenset({"bet", "hold", "deposit_requested", "bonus_granted"})
"""Operations that put more at stake, or tempt to; a guard never refuses others."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule says of an action; one that refuses names why in words for the risk desk."""

    rule: str
    detail: str
    refuses: bool


Check = Callable[[Books, Call, Action], Found | None]
Wants = Callable[[Call, Action, Wanted], None]


@dataclass(frozen=True, slots=True)
class Guard:
    """A check, and the rows it needs."""

    check: Check
    wants: Wants


def wallet_is_open(books: Books, call: Call, action: Action) -> Found | None:
    """Refuse stakes and deposits of a wallet that is blocked or closed; never a win or payout."""
    wallet = books.get(Wallet, call.player)
    if wallet is None or wallet.state == "open" or action.operation not in TAKES_MONEY:
        return None
    return Found("wallet_is_open", f"the wallet is {wallet.state}", refuses=True)


def no_more(_call: Call, _action: Action, _wanted: Wanted) -> None:
    """Want no rows beyond the wallet, which is always there."""


WALLET_IS_OPEN = Guard(wallet_is_open, no_more)
