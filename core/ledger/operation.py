"""What an operation is: its name, the rows it needs, what it does. Way: post -> here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Result
from core.ledger.posting import Posting


def nothing_more(_call: Call, _action: Action, _wanted: Wanted) -> None:
    """Want no rows beyond those every action needs."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A declared operation.

    `wants` adds the rows `carry_out` will ask the books for; wallet, accounts and the movement of
    the action's own id are there anyway. `carry_out` returns the result or raises `Refused`.
    """

    name: str
    carry_out: Callable[[Posting], Result]
    wants: Callable[[Call, Action, Wanted], None] = nothing_more
