"""A bet is undone, or, where the provider's protocol knows that, a win."""

import msgspec

from core.ledger.bonuses import release
from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Refused, Result, RollbackOfWin, Status
from core.ledger.operation import Operation
from core.ledger.operations.win import check_owner
from core.ledger.posting import Posting
from core.ledger.rounds import close_if_said, take_stake, want_round
from core.ledger.rows import Bet, Bonus, Fund, House, Movement, Round, Tombstone
from core.ledger.stakes import stake_of
from core.ledger.wagering import take_back
from core.ledger.winnings import credit
from core.typed_json import reader_of


def wants(call: Call, action: Action, wanted: Wanted) -> None:
    """Want whatever its reference may name, the round and the bonuses."""
    wanted.add(Bet, call.provider, action.scope, action.bet_ref)
    wanted.add(Tombstone, call.provider, action.scope, action.bet_ref)
    wanted.add(Movement, call.provider, "win", action.scope, action.bet_ref)
    wanted.of_players.add(Bonus)
    want_round(call, action, wanted)


def roll_back(posting: Posting) -> Result:
    """Undo what the reference names; what is not known is kept as a tombstone."""
    books, call, action = posting.books, posting.call, posting.action
    bet = books.get(Bet, call.provider, action.scope, action.bet_ref)
    won = books.get(Movement, call.provider, "win", action.scope, action.bet_ref)
    undone = "bet"
    if call.policy.accepts_rollback_again and _is_undone(posting, bet or won):
        close_if_said(posting)
        return posting.finish(Status.VOID, amount=0)
    if bet is not None:
        _cancel(posting, bet)
    elif won is not None and call.policy.rollback_of_win is not RollbackOfWin.NO:
        undone = "win"
        _take_win_back(posting, won)
    else:
        return _bury(posting)
    close_if_said(posting)
    return posting.finish(undone=undone)


def _is_undone(posting: Posting, named: Bet | Movement | None) -> bool:
    """Say whether what is named, this player's, was undone before."""
    call = posting.call
    if named is None or (named.player, named.currency) != (call.player, call.currency):
        return False
    if isinstance(named, Bet):
        return named.state == "cancelled"
    key = (call.provider, posting.action.scope, named.transaction_id)
    return posting.books.get(Tombstone, *key) is not None


def _cancel(posting: Posting, bet: Bet) -> None:
    """Give the stake back to the funds it came from."""
    check_owner(bet, posting.call)
    if bet.state == "cancelled":
        raise Refused(Status.BET_CANCELLED, bet.bet_ref)
    if bet.state == "settled" and not posting.call.policy.rolls_back_settled:
        raise Refused(Status.BET_SETTLED, bet.bet_ref)
    stake, at = stake_of(bet), posting.call.at_us
    credit(posting, stake, bet.bonus_id)
    take_back(posting, bet)
    take_stake(posting, bet.round_id, stake)
    posting.books.put(msgspec.structs.replace(bet, state="cancelled", ended_us=at))


def _take_win_back(posting: Posting, won: Movement) -> None:
    """Take a win out of the funds it went to; if it must, only what is left there."""
    call = posting.call
    if (won.player, won.currency) != (call.player, call.currency):
        raise Refused(Status.OTHER_PLAYERS, won.transaction_id)
    if posting.books.get(Tombstone, won.provider, won.scope, won.transaction_id) is not None:
        raise Refused(Status.BET_CANCELLED, won.transaction_id)
    moved, withheld = _follow_bonus(posting, won)
    if call.policy.rollback_of_win is RollbackOfWin.CLAMP:
        held = posting.books.balances(call.player, call.currency)
        moved = {fund: min(change, held[fund]) for fund, change in moved.items()}
    posting.move({fund: -change for fund, change in moved.items()}, House.PLAY)
    posting.between_houses(House.BONUS, House.PLAY, withheld)
    posting.books.put(_tombstone(posting))


def _follow_bonus(posting: Posting, won: Movement) -> tuple[dict[Fund, int], int]:
    """Look for a win where the end of its bonus has led it: by fund, and what the house took.

    Of a bonus played through, it is taken back as if it had never come: what lay over the bound is
    the house's to lose first.
    """
    kept = reader_of(Result).decode(won.result)
    moved, withheld = dict(kept.moved), won.amount - sum(kept.moved.values())
    bonus = _bonus_of(posting, won)
    if bonus is None or bonus.state == "active":
        return moved, withheld
    locked = moved.pop(Fund.LOCKED, 0)
    if bonus.state != "completed":
        return moved, withheld + locked
    share = locked + kept.of_bonus
    taken = -release(posting, bonus, -share) if share else 0
    moved[Fund.REAL] = moved.get(Fund.REAL, 0) - (kept.of_bonus - withheld) + taken
    return moved, share - taken


def _bonus_of(posting: Posting, won: Movement) -> Bonus | None:
    """Return the bonus whose money was staked for a win, if any was."""
    books = posting.books
    bet = books.get(Bet, won.provider, won.scope, won.bet_ref) if won.bet_ref else None
    row = bet or books.get(Round, won.provider, won.player, won.round_id)
    bonus_id = row.bonus_id if row is not None else None
    return books.get(Bonus, won.player, bonus_id) if bonus_id else None


def _bury(posting: Posting) -> Result:
    """Remember the rollback of something not known, so that it moves nothing should it come."""
    call, action = posting.call, posting.action
    if posting.books.get(Tombstone, call.provider, action.scope, action.bet_ref) is None:
        posting.books.put(_tombstone(posting))
    close_if_said(posting)
    return posting.finish(Status.BET_UNKNOWN, amount=0)


def _tombstone(posting: Posting) -> Tombstone:
    call, action = posting.call, posting.action
    return Tombstone(
        provider=call.provider, scope=action.scope, bet_ref=action.bet_ref,
        movement_id=posting.movement_id, at_us=call.at_us,
    )  # fmt: skip


ROLLBACK = Operation(name="rollback", carry_out=roll_back, wants=wants)
