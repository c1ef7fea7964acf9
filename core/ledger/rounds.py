"""Game rounds: opened by their first bet, closed by whoever says so. Way: operations -> here."""

from __future__ import annotations

import msgspec

from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Refused, Status
from core.ledger.posting import Posting
from core.ledger.rows import Round
from core.ledger.stakes import Stake
from core.money import INT64_MAX


def want_round(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the round an action is about."""
    if action.round_id:
        wanted.add(Round, call.provider, call.player, action.round_id)


def round_of(posting: Posting) -> Round | None:
    """Return the round an action is about, if it is known.

    Raises:
        Refused: it is played in another currency.
    """
    call, action = posting.call, posting.action
    if not action.round_id:
        return None
    held = posting.books.get(Round, call.provider, call.player, action.round_id)
    if held is not None and held.currency != call.currency:
        raise Refused(Status.OTHER_PLAYERS, f"{action.round_id} is played in {held.currency}")
    return held


def add_stake(posting: Posting, stake: Stake, bonus_id: str | None) -> None:
    """Put a stake into the action's round, opening it.

    The round's bonus is the one whose money is staked: real money leaves it as it is.

    Raises:
        Refused: the round is closed and the provider's protocol does not allow more bets, or its
            stakes would be beyond 64 bits.
    """
    call, action = posting.call, posting.action
    if not action.round_id:
        return
    held = round_of(posting) or _opened(posting)
    if held.state != "open" and not call.policy.bet_in_closed_round:
        raise Refused(Status.ROUND_CLOSED, action.round_id)
    if stake.total + held.real + held.locked + held.bonus > INT64_MAX:
        raise Refused(Status.REFUSED, f"round {action.round_id} would be beyond 64 bits")
    is_of_bonus = bool(stake.locked + stake.bonus)
    _put(posting, held, stake, bonus_id if is_of_bonus or not held.bonus_id else held.bonus_id)


def take_stake(posting: Posting, round_id: str, stake: Stake) -> None:
    """Take a cancelled stake out of its round."""
    held = (
        posting.books.get(Round, posting.call.provider, posting.call.player, round_id)
        if round_id
        else None
    )
    if held is not None:
        _put(posting, held, Stake(-stake.real, -stake.locked, -stake.bonus), held.bonus_id)


def close_if_said(posting: Posting) -> None:
    """Close the action's round if the action says so."""
    held = round_of(posting)
    if posting.action.closes_round and held is not None and held.state == "open":
        close_round(posting, held)


def close_round(posting: Posting, held: Round) -> None:
    """Close an open round; where the protocol has it so, its bets are settled with it."""
    state = "settled" if posting.call.policy.settles_by_round else "closed"
    at = posting.call.at_us
    posting.books.put(msgspec.structs.replace(held, state=state, closed_us=at))


def _opened(posting: Posting) -> Round:
    call, action = posting.call, posting.action
    return Round(
        provider=call.provider, player=call.player, round_id=action.round_id,
        currency=call.currency, state="open", real=0, locked=0, bonus=0, bonus_id=None,
        opened_us=call.at_us, closed_us=None,
    )  # fmt: skip


def _put(posting: Posting, held: Round, stake: Stake, bonus_id: str | None) -> None:
    posting.books.put(
        msgspec.structs.replace(
            held, real=held.real + stake.real, locked=held.locked + stake.locked,
            bonus=held.bonus + stake.bonus, bonus_id=bonus_id,
        )
    )  # fmt: skip
