"""What a ledger's action asks of the rules. Way: ledger's guard -> here -> judge.

    before money moves   bet, hold -> Stake;  deposit_requested -> Deposit;  bonus_granted -> ...
    after it has moved   win, round_close -> StakeSettled;  rollback -> StakeVoided;  ...

Operations that are no player's business (snapshots, exchange, prizes) ask nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.compliance.names import name_key
from core.compliance.request import Request
from core.compliance.requests.money import (
    BonusGrant,
    Deposit,
    DepositChargedBack,
    DepositFailed,
    DepositSettled,
    Stake,
    StakeSettled,
    StakeVoided,
    Withdrawal,
    WithdrawalDeclined,
    WithdrawalPaid,
    WithdrawalReversal,
)
from core.ledger.books import Books
from core.ledger.calls import Action, Balances, Call
from core.ledger.rows import PLAYABLE, Bet, Hold, Movement, Payment

Asking = Callable[[Books, Call, Action], Request | None]


def request_of(books: Books, call: Call, action: Action) -> Request | None:
    """Return what the rules are to be asked or told of an action, before it is carried out."""
    asking = _ASKED.get(action.operation)
    return None if asking is None else asking(books, call, action)


def _common(call: Call, action: Action) -> dict[str, Any]:
    name = f"{call.provider}/{action.operation}/{action.scope}/{action.transaction_id}"
    return {"at_us": call.at_us, "request_id": name}


def _said(action: Action, name: str, default: str = "") -> str:
    return str(action.context.get(name) or default)


def _stake(books: Books, call: Call, action: Action) -> Stake:
    balances = books.balances(call.player, call.currency)
    return Stake(
        **_common(call, action), amount=action.amount, currency=call.currency,
        product=_said(action, "product", "casino"), game_type=_said(action, "game_type", "other"),
        game_id=_said(action, "game_id"), round_id=_round(call, action),
        is_prepaid=bool(action.context.get("is_prepaid")),
        starts_game=not action.context.get("continues_game"),
        bonus_amount=_of_bonus(action.amount, balances),
    )  # fmt: skip


def _of_bonus(amount: int, balances: Balances) -> int:
    """Return what of a stake real money does not cover."""
    return max(0, amount - balances.get(PLAYABLE[0], 0))


def _round(call: Call, action: Action) -> str:
    """Return the game cycle: the provider's round, or the bet where it names none."""
    named = action.round_id or action.bet_ref or action.transaction_id
    return f"{call.provider}/{named}"


def _playable(books: Books, call: Call) -> int:
    """Return what the player can play with."""
    held = books.balances(call.player, call.currency)
    return sum(held.get(fund, 0) for fund in PLAYABLE)


def _settled(books: Books, call: Call, action: Action) -> StakeSettled:
    return StakeSettled(
        **_common(call, action), amount=action.amount, currency=call.currency,
        game_type=_said(action, "game_type", "other"), round_id=_round(call, action),
        ends_round=action.closes_round or action.operation == "round_close",
        balance_after=_playable(books, call) + action.amount,
    )  # fmt: skip


def _voided(books: Books, call: Call, action: Action) -> StakeVoided | None:
    """Tell of a stake given back or a win taken back; of nothing where nothing is known."""
    common = {**_common(call, action), "currency": call.currency}
    bet = books.get(Bet, call.provider, action.scope, action.bet_ref)
    if bet is not None:
        whole = bet.real + bet.locked + bet.bonus
        named = bet.round_id or bet.bet_ref
        round_id = f"{call.provider}/{named}"
        return StakeVoided(**common, amount=whole, staked_us=bet.at_us, round_id=round_id)
    won = books.get(Movement, call.provider, "win", action.scope, action.bet_ref)
    if won is None:
        return None
    round_id = f"{call.provider}/{won.round_id or won.bet_ref or won.transaction_id}"
    return StakeVoided(**common, amount=0, won=won.amount, staked_us=won.at_us, round_id=round_id)


def _hold_voided(books: Books, call: Call, action: Action) -> StakeVoided | None:
    held = books.get(Hold, call.player, action.bet_ref)
    if held is None:
        return None
    left = held.amount - (action.amount if action.operation == "hold_post" else 0)
    return StakeVoided(
        **_common(call, action), currency=call.currency, amount=max(0, left),
        staked_us=held.placed_us, round_id=_round(call, action),
    )  # fmt: skip


def _deposit(books: Books, call: Call, action: Action) -> Deposit:
    credit = action.context.get("is_credit")
    return Deposit(
        **_common(call, action), payment_id=action.bet_ref, amount=action.amount,
        currency=call.currency, method=_said(action, "method", "unknown"),
        instrument_id=_said(action, "instrument_id") or None,
        holder=name_key(_said(action, "holder")) or None,
        is_credit=None if credit is None else bool(credit), balance=_playable(books, call),
    )  # fmt: skip


def _withdrawal(_books: Books, call: Call, action: Action) -> Withdrawal:
    return Withdrawal(
        **_common(call, action), payment_id=action.bet_ref, amount=action.amount,
        currency=call.currency, instrument_id=_said(action, "instrument_id") or None,
        holder=name_key(_said(action, "holder")) or None,
    )  # fmt: skip


def _grant(_books: Books, call: Call, action: Action) -> BonusGrant:
    return BonusGrant(
        **_common(call, action), amount=action.amount, currency=call.currency,
        bonus_id=action.bet_ref, code=_said(action, "code"),
    )  # fmt: skip


def _payment_step(kind: type[Any]) -> Asking:
    """Return what tells of a step of a payment; the amount is the payment's where none is named."""

    def asking(books: Books, call: Call, action: Action) -> Request:
        payment = books.get(Payment, call.player, action.bet_ref)
        whole = payment.amount if payment is not None else 0
        fields = {"payment_id": action.bet_ref, **_common(call, action)}
        if kind is DepositFailed:
            return DepositFailed(**fields, code=_said(action, "reason", action.operation))
        request: Request = kind(**fields, amount=action.amount or whole, currency=call.currency)
        return request

    return asking


_ASKED: Mapping[str, Asking] = {
    "bet": _stake,
    "hold": _stake,
    "hold_post": _hold_voided,
    "hold_void": _hold_voided,
    "hold_expire": _hold_voided,
    "win": _settled,
    "round_close": _settled,
    "rollback": _voided,
    "deposit_requested": _deposit,
    "deposit_approved": _payment_step(DepositSettled),
    "deposit_declined": _payment_step(DepositFailed),
    "deposit_cancelled": _payment_step(DepositFailed),
    "deposit_charged_back": _payment_step(DepositChargedBack),
    "withdrawal_requested": _withdrawal,
    "withdrawal_paid": _payment_step(WithdrawalPaid),
    "withdrawal_declined": _payment_step(WithdrawalDeclined),
    "withdrawal_cancelled": _payment_step(WithdrawalReversal),
    "bonus_granted": _grant,
}
