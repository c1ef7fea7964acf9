"""A stake leaves the balance, once, unless its rollback came first."""

from core.ledger.books import Wanted
from core.ledger.calls import Action, Balances, Call, Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.posting import Posting
from core.ledger.rounds import add_stake, close_if_said, want_round
from core.ledger.rows import Bet, Bonus, Fund, House, Tombstone
from core.ledger.stakes import Stake, split
from core.ledger.wagering import running, wager


def wants(call: Call, action: Action, wanted: Wanted) -> None:
    """Want the bet, its tombstone, the round and the bonuses that run."""
    wanted.add(Bet, call.provider, action.scope, action.bet_ref)
    wanted.add(Tombstone, call.provider, action.scope, action.bet_ref)
    wanted.of_players.add(Bonus)
    want_round(call, action, wanted)


def place(posting: Posting) -> Result:
    """Take the stake and remember from which funds."""
    books, call, action = posting.books, posting.call, posting.action
    bet_key = (call.provider, action.scope, action.bet_ref)
    if books.get(Tombstone, *bet_key) is not None:
        if call.policy.accepts_bet_after_tombstone:
            close_if_said(posting)
            return posting.finish(Status.VOID, amount=0)
        raise Refused(Status.BET_TOMBSTONED, action.bet_ref)
    if books.get(Bet, *bet_key) is not None:
        raise Refused(Status.BET_EXISTS, action.bet_ref)
    posting.check_amount()
    stake = split(action.amount, _playable(posting))
    posting.move({fund: -part for fund, part in stake.by_fund().items()}, House.PLAY)
    bonus_id, wagered = wager(posting, action.amount)
    add_stake(posting, stake, bonus_id)
    books.put(_bet(posting, stake, bonus_id, wagered))
    close_if_said(posting)
    return posting.finish()


def _playable(posting: Posting) -> Balances:
    """Return what may be staked: bonus money of an ended bonus may not, swept up or not."""
    held = posting.books.balances(posting.call.player, posting.call.currency)
    return held if running(posting) else {Fund.REAL: held[Fund.REAL]}


def _bet(posting: Posting, stake: Stake, bonus_id: str | None, wagered: int) -> Bet:
    call, action = posting.call, posting.action
    return Bet(
        provider=call.provider, scope=action.scope, bet_ref=action.bet_ref, player=call.player,
        currency=call.currency, round_id=action.round_id, state="open", real=stake.real,
        locked=stake.locked, bonus=stake.bonus, bonus_id=bonus_id, wagered=wagered,
        movement_id=posting.movement_id, at_us=call.at_us, ended_us=None,
    )  # fmt: skip


BET = Operation(name="bet", carry_out=place, wants=wants)
