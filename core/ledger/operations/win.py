"""A win is credited; with nothing won it still settles its bet."""

import msgspec

from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.posting import Posting
from core.ledger.rounds import close_if_said, round_of, want_round
from core.ledger.rows import Bet, Bonus, Tombstone
from core.ledger.stakes import Stake, bonus_share, stake_of
from core.ledger.winnings import credit


def wants(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the bet it settles, what was rolled back before, the round and the bonuses."""
    if action.bet_ref:
        wanted.add(Bet, call.provider, action.scope, action.bet_ref)
        wanted.add(Tombstone, call.provider, action.scope, action.bet_ref)
    wanted.add(Tombstone, call.provider, action.scope, action.transaction_id)
    wanted.of_players.add(Bonus)
    want_round(call, action, wanted)


def settle(posting: Posting) -> Result:
    """Credit the win to the funds its stake came from."""
    books, call, action = posting.books, posting.call, posting.action
    for tombstoned in filter(None, (action.bet_ref, action.transaction_id)):
        if books.get(Tombstone, call.provider, action.scope, tombstoned) is not None:
            if call.policy.accepts_bet_after_tombstone:
                close_if_said(posting)
                return posting.finish(Status.VOID, amount=0)
            raise Refused(Status.BET_TOMBSTONED, tombstoned)
    posting.check_amount()
    bet = _settled(posting) if action.bet_ref else None
    row = bet or round_of(posting)
    stake, bonus_id = (stake_of(row), row.bonus_id) if row is not None else (Stake(), None)
    of_bonus = bonus_share(action.amount, stake)
    credit(posting, Stake(real=action.amount - of_bonus, locked=of_bonus), bonus_id)
    close_if_said(posting)
    return posting.finish()


def _settled(posting: Posting) -> Bet | None:
    """Settle the bet the win names; None if there is none and none is needed."""
    call, action = posting.call, posting.action
    bet = posting.books.get(Bet, call.provider, action.scope, action.bet_ref)
    if bet is None:
        if call.policy.win_needs_bet:
            raise Refused(Status.BET_MISSING, action.bet_ref)
        return None
    check_owner(bet, call)
    if bet.state == "cancelled":
        raise Refused(Status.BET_CANCELLED, action.bet_ref)
    if bet.state == "settled" and call.policy.one_settlement_per_bet:
        raise Refused(Status.BET_SETTLED, action.bet_ref)
    posting.books.put(msgspec.structs.replace(bet, state="settled", ended_us=call.at_us))
    return bet


def check_owner(bet: Bet, call: Call) -> None:
    """Refuse a call about another player's bet, or about a bet in another currency."""
    if (bet.player, bet.currency) != (call.player, call.currency):
        raise Refused(Status.OTHER_PLAYERS, bet.bet_ref)


WIN = Operation(name="win", carry_out=settle, wants=wants)
