"""What a payment provider is to us. Way: desk, polling -> here -> sandbox or a real provider.

A provider is told to begin a payment, asked for its state, and listened to. What it notifies may
come twice, late, in any order or never; what it answers when asked is true and in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from core.ledger.calls import Policy


class Kind(StrEnum):
    """Which way the money goes."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class Step(StrEnum):
    """What a provider decides."""

    APPROVED = "approved"  # of a deposit
    DECLINED = "declined"
    CANCELLED = "cancelled"  # by the player at the provider's page; of a deposit
    CHARGED_BACK = "charged_back"  # of a deposit
    PAID = "paid"  # of a withdrawal


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as the player asked for it; `amount` in ledger units of `currency`.

    `instrument_id` names the player's means (a token, never a card number), null if not chosen.
    """

    payment_id: str
    player: str
    kind: Kind
    amount: int
    currency: str
    method: str = "unknown"
    instrument_id: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider has decided of a payment, and when (UTC microseconds).

    `amount` is what the step is about, in ledger units; `reason` why, "" if none was given.
    """

    payment_id: str
    player: str
    kind: Kind
    step: Step
    amount: int
    currency: str
    decided_us: int
    reason: str = ""


class PaymentProvider(Protocol):
    """Moves money between players' banks and the house.

    `name` is the provider's in the ledger; `policy` says whether it may approve less than asked.
    """

    @property
    def name(self) -> str:
        """Its name in the ledger."""
        ...

    @property
    def policy(self) -> Policy:
        """How the ledger is to read its notices."""
        ...

    def begin(self, order: Order, at_us: int) -> None:
        """Begin a payment; beginning it again changes nothing.

        Raises:
            RetryableError: it may or may not have begun; begin again.
        """
        ...

    def state(self, payment_id: str, now_us: int) -> Sequence[Notice] | None:
        """Return all that was decided of a payment, in order; null if it never began.

        Raises:
            RetryableError: the provider does not answer; ask again.
        """
        ...

    def notices(self, now_us: int) -> Sequence[Notice]:
        """Return what the provider has sent since the last time."""
        ...
