"""Money in and out. Way: payment providers -> here -> ledger, deposit features, fraud labels."""

from __future__ import annotations

from typing import ClassVar, Literal

from core.events.fact import MoneyFact

PaymentMethod = Literal[
    "card", "bank_transfer", "instant_bank", "e_wallet", "prepaid", "mobile", "crypto", "unknown"
]


class Payment(MoneyFact, frozen=True, kw_only=True):
    """What every payment fact says; `payment_id` is one id for the whole life of a payment."""

    payment_id: str
    amount_minor: int
    method: PaymentMethod = "unknown"
    vendor_id: str = "unknown"
    vendor_name: str | None = None
    instrument_id: str | None = None
    device_id: str | None = None
    session_id: str | None = None
    fee_minor: int = 0


class DepositRequested(Payment, frozen=True, kw_only=True):
    """The player asked to pay in."""

    family: ClassVar[str] = "payment"


class DepositApproved(Payment, frozen=True, kw_only=True):
    """Money arrived on the account. `bonus_code` names a bonus taken with it."""

    family: ClassVar[str] = "payment"
    bonus_code: str | None = None


class DepositDeclined(Payment, frozen=True, kw_only=True):
    """A deposit was refused; `decline_code` says by whom and why."""

    family: ClassVar[str] = "payment"
    decline_code: Literal[
        "insufficient_funds", "issuer", "limit", "fraud_rule", "technical", "unknown"
    ] = "unknown"


class DepositCancelled(Payment, frozen=True, kw_only=True):
    """The player left a deposit before it was decided."""

    family: ClassVar[str] = "payment"


class DepositChargedBack(Payment, frozen=True, kw_only=True):
    """An approved deposit was taken back by the payer's bank, often weeks later.

    `house_loss_minor` is the part that was no longer in the player's real money, so that the house
    bears it; null where nobody says. The rest was taken from the player.
    """

    family: ClassVar[str] = "payment"
    reason_code: str = "unknown"
    house_loss_minor: int | None = None


class WithdrawalRequested(Payment, frozen=True, kw_only=True):
    """The player asked to be paid out."""

    family: ClassVar[str] = "payment"


class WithdrawalApproved(Payment, frozen=True, kw_only=True):
    """The operator released a withdrawal."""

    family: ClassVar[str] = "payment"


class WithdrawalDeclined(Payment, frozen=True, kw_only=True):
    """A withdrawal was refused, with the reason the player was given."""

    family: ClassVar[str] = "payment"
    decline_code: str = "unknown"


class WithdrawalCancelled(Payment, frozen=True, kw_only=True):
    """The player reversed a pending withdrawal and plays on with the money."""

    family: ClassVar[str] = "payment"


class WithdrawalPaid(Payment, frozen=True, kw_only=True):
    """Money left the house."""

    family: ClassVar[str] = "payment"


class CurrencyExchanged(MoneyFact, frozen=True, kw_only=True):
    """A player changed money of one currency into another of his; told once in each of the two.

    `side` says whether `amount_minor` of `currency` left the player's real money (sold) or came to
    it (bought); `other_amount` of `other_currency` is the other side, as decimal text. `rate` is
    decimal text: what is bought for one whole unit of what is sold, before rounding down. Both
    facts bear one `exchange_id`. No stake, no payment: an account's own money in another form.
    """

    family: ClassVar[str] = "payment"
    exchange_id: str
    side: Literal["sold", "bought"]
    amount_minor: int
    other_currency: str
    other_amount: str
    rate: str


class WalletToppedUp(Payment, frozen=True, kw_only=True):
    """Bank to an external wallet, before any gambling account: context, never player value."""

    family: ClassVar[str] = "payment"
    is_approved: bool = True
