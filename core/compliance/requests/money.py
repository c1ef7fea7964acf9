"""Money about to move, and money that moved. Way: ledger's guard -> here -> checks, folds."""

from __future__ import annotations

from typing import ClassVar

from core.compliance.request import Request


class Stake(Request, frozen=True, kw_only=True, tag="stake"):
    """A stake is asked for.

    `round_id` is the game cycle: stakes of one cycle add up. `starts_game` is false for a further
    stake in a cycle that runs. `is_prepaid` marks what was paid before, such as a tournament.
    `bonus_amount` is the part of `amount` that bonus money would pay, as far as known.
    """

    amount: int
    currency: str
    product: str = "casino"
    game_type: str = "other"
    game_id: str = ""
    round_id: str = ""
    starts_game: bool = True
    is_prepaid: bool = False
    bonus_amount: int = 0


class StakeSettled(Request, frozen=True, kw_only=True, tag="stake_settled"):
    """A win was credited, or a round ended without one (`amount` 0)."""

    is_wish: ClassVar[bool] = False
    amount: int
    currency: str
    game_type: str = "other"
    round_id: str = ""
    ends_round: bool = False
    balance_after: int | None = None


class StakeVoided(Request, frozen=True, kw_only=True, tag="stake_voided"):
    """A stake was given back (`amount`), or a win taken back (`won`).

    `staked_us` is when what is undone had happened: it leaves the frames it was counted in. 0 means
    nobody knows: then a stake stays counted and a win does not, so that nobody gains room.
    """

    is_wish: ClassVar[bool] = False
    amount: int
    currency: str
    won: int = 0
    staked_us: int = 0
    round_id: str = ""


class Deposit(Request, frozen=True, kw_only=True, tag="deposit"):
    """A player asks to pay in; checked before it goes to the payment provider, then reserved.

    `holder` is the name on the instrument as the provider says it, or its key
    (`core.compliance.names`), null if it says none. `is_credit` null means nobody knows.
    `balance` is what the player could play with before, null if not said.
    """

    payment_id: str
    amount: int
    currency: str
    method: str = "unknown"
    instrument_id: str | None = None
    holder: str | None = None
    is_credit: bool | None = None
    balance: int | None = None


class DepositSettled(Request, frozen=True, kw_only=True, tag="deposit_settled"):
    """A reserved deposit arrived, for `amount` (less than asked for, if the provider said so)."""

    is_wish: ClassVar[bool] = False
    payment_id: str
    amount: int
    currency: str


class DepositFailed(Request, frozen=True, kw_only=True, tag="deposit_failed"):
    """A reserved deposit was declined or left; `code` says by what."""

    is_wish: ClassVar[bool] = False
    payment_id: str
    code: str = "unknown"


class Withdrawal(Request, frozen=True, kw_only=True, tag="withdrawal"):
    """A player asks to be paid out. No rule for his protection stops it."""

    payment_id: str
    amount: int
    currency: str
    instrument_id: str | None = None
    holder: str | None = None


class WithdrawalPaid(Request, frozen=True, kw_only=True, tag="withdrawal_paid"):
    """The money left the house; it counts from the instant it did, said late or not."""

    is_wish: ClassVar[bool] = False
    payment_id: str
    amount: int
    currency: str


class WithdrawalReversal(Request, frozen=True, kw_only=True, tag="withdrawal_reversal"):
    """A player asks for the money of a requested withdrawal back, to play on with it."""

    payment_id: str
    amount: int
    currency: str


class WithdrawalDeclined(Request, frozen=True, kw_only=True, tag="withdrawal_declined"):
    """The payout did not go through and the money is back."""

    is_wish: ClassVar[bool] = False
    payment_id: str
    amount: int
    currency: str


class DepositChargedBack(Request, frozen=True, kw_only=True, tag="deposit_charged_back"):
    """A settled deposit was taken back by the payer's bank."""

    is_wish: ClassVar[bool] = False
    payment_id: str
    amount: int
    currency: str


class BonusGrant(Request, frozen=True, kw_only=True, tag="bonus_grant"):
    """A bonus is about to be given, or taken up by the player."""

    amount: int
    currency: str
    bonus_id: str
    code: str = ""


class Transfer(Request, frozen=True, kw_only=True, tag="transfer"):
    """Money is to go to another player."""

    amount: int
    currency: str
    to_player: str
