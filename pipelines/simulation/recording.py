"""What a step's play leaves: sessions, bets, deposits, balances. Way: play -> here -> journal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.funding import Budget
from pipelines.simulation.plan import HOUR, SECOND, Array
from pipelines.simulation.play import Bets, Sittings, session_end
from pipelines.simulation.state import House

NIGHT_ENDS_H = 6
ROLLED_BACK = 0.0006
"""Share of lost cash bets the provider undoes; the stake is back on the balance the next step."""


@dataclass(slots=True)
class Played:
    """A step's play.

    Per slot (one player's run of sessions): the balance it opens with, whether a deposit came
    before need, the bonus just given, the bonus money still to be staked.
    """

    sittings: Sittings
    bets: Bets
    budget: Budget
    opening: Array
    early: Array
    gift: Array
    fund: Array

    def met_limit(self, count: int) -> Array:
        """Say whose play of the step ended at his own limit, not at his wish."""
        many = len(self.sittings.slot_player)
        got = np.bincount(self.sittings.slot[self.bets.sitting], minlength=many)
        wanted = np.bincount(self.sittings.slot, self.sittings.bets, many)
        met = np.zeros(count, dtype=bool)
        met[self.sittings.slot_player] = got < wanted
        return met & self.budget.limit_binds

    def bonus_split(self) -> tuple[Array, Array, Array]:
        """Bonus part of each stake, bonus part of each win, and what each slot's fund ends with.

        Bonus money is staked before anything else, and what it wins stays bonus money, until a
        stake is larger than what is left: that one takes the rest, and the fund is empty.
        """
        bets, slot = self.bets, self.sittings.slot[self.bets.sitting]
        if not self.fund.any():
            nothing = np.zeros(len(bets.stake), dtype=np.int64)
            return nothing, nothing, self.fund
        net = bets.win - bets.stake
        left = self.fund[slot] + _before(net, slot)
        short = np.cumsum(left < bets.stake)
        is_first = np.diff(slot, prepend=-1) != 0
        base = np.where(is_first, short - (left < bets.stake), 0)
        failed: Array = short - np.maximum.accumulate(base)
        whole: Array = failed == 0
        last = (failed == 1) & (left < bets.stake)
        stakes = np.where(whole, bets.stake, np.where(last, left, 0))
        change = np.bincount(slot, net, len(self.fund)).astype(np.int64)
        is_spent = np.bincount(slot, ~whole, len(self.fund)) > 0
        fund = np.where(is_spent, 0, self.fund + change)
        return stakes, np.where(whole, bets.win, 0), fund

    @property
    def new_deposits(self) -> Array:
        """Deposits made right before each bet."""
        slot = self.sittings.slot[self.bets.sitting]
        is_first = np.diff(slot, prepend=-1) != 0
        before = np.r_[0, self.bets.deposits[:-1]] if len(slot) else self.bets.deposits
        return self.bets.deposits - np.where(is_first, 0, before)


def record_step(house: House, played: Played) -> Array:
    """Journal the step, move balances; return when each last session ended (0: none)."""
    sittings, bets = played.sittings, played.bets
    count = np.bincount(bets.sitting, minlength=len(sittings.player))
    is_opening = np.diff(sittings.slot, prepend=-1) != 0
    kept = (count > 0) | is_opening
    number = house.journal.count("sessions") + np.cumsum(kept) - 1
    last_at = np.zeros(len(count), dtype=np.int64)
    np.maximum.at(last_at, bets.sitting, bets.at)
    ended = session_end(sittings, last_at, house.rng)
    new = played.new_deposits
    stakes, wins, _ = played.bonus_split()
    rolled_back = (
        (bets.win == 0)
        & (stakes == 0)
        & (house.rng.random(len(bets.win), dtype=np.float32) < ROLLED_BACK)
    )
    refund = np.bincount(
        sittings.player[bets.sitting], bets.stake * rolled_back, house.population.count
    )
    house.journal.add("bets", session=number[bets.sitting], at=bets.at, game=bets.game,
                      stake=bets.stake, win=bets.win, after=bets.balance_after,
                      bonus=stakes, bonus_win=wins, rolled_back=rolled_back)  # fmt: skip
    sums = _session_sums(played, new, is_opening)
    house.journal.add("sessions", player=sittings.player[kept], start=sittings.start[kept],
                      end=ended[kept], games=sittings.games.T[kept],
                      switched=(count > sittings.switch)[kept],
                      bets=count[kept], harm=house.state.harm[sittings.player[kept]],
                      **{name: column[kept] for name, column in sums.items()})  # fmt: skip
    _record_deposits(house, played, new, number)
    _record_wishes(house, played, number, ended)
    closed = _close(house, played, kept, ended)
    house.state.balance += refund.astype(np.int64)
    return closed


def _session_sums(played: Played, new: Array, is_opening: Array) -> dict[str, Array]:
    """Sum bets by session; a session without bets starts and ends with the balance it found."""
    sittings, bets, many = played.sittings, played.bets, len(played.sittings.player)
    size = played.budget.size[sittings.player]
    early = np.zeros(many, dtype=np.int64)
    early[is_opening] = played.early
    gift = np.zeros(many, dtype=np.int64)
    gift[is_opening] = played.gift

    def total(values: Array) -> Array:
        return np.bincount(bets.sitting, values, many).astype(np.int64)

    stake, win, deposits = total(bets.stake), total(bets.win), total(new)
    starts = np.flatnonzero(np.diff(bets.sitting, prepend=-1))
    smallest = np.zeros(many, dtype=np.int64)
    if len(starts):
        smallest[bets.sitting[starts]] = np.minimum.reduceat(bets.stake, starts)
    flow = win - stake + deposits * size
    opening = played.opening[sittings.slot] + _before(flow, sittings.slot)
    end = opening + flow
    return {
        "stake": stake, "win": win, "deposits": deposits + early,
        "balance_start": opening - early * size - gift, "balance_end": end,
        "chased": total(bets.was_raised), "depleted": (stake > 0) & (end < smallest),
    }  # fmt: skip


def _before(flow: Array, slot: Array) -> Array:
    """Sum of a slot's earlier flows."""
    running = np.cumsum(flow) - flow
    if not len(slot):
        return running
    first = np.flatnonzero(np.diff(slot, prepend=-1))
    return running - np.repeat(running[first], np.diff(np.r_[first, len(slot)]))  # type: ignore[no-any-return]


def _record_deposits(house: House, played: Played, new: Array, number: Array) -> None:
    """Journal deposits: those before the first bet, then those made when the balance ran out."""
    sittings, bets, rng = played.sittings, played.bets, house.rng
    opens = np.flatnonzero(np.diff(sittings.slot, prepend=-1))[played.early]
    due = np.repeat(np.flatnonzero(new), new[new > 0])
    sitting = np.r_[opens, bets.sitting[due]]
    at = np.r_[sittings.start[opens] + 12 * SECOND,
               bets.at[due] - rng.integers(SECOND, 4 * SECOND, len(due))]  # fmt: skip
    player = sittings.player[sitting]
    amount = played.budget.size[player]
    house.journal.add("deposits", player=player, at=at, session=number[sitting], amount=amount,
                      harm=house.state.harm[player])  # fmt: skip
    paid = np.bincount(player, amount, house.population.count).astype(np.int64)
    house.state.paid_in = np.stack([paid, house.state.paid_in[0]])


def _record_wishes(house: House, played: Played, number: Array, ended: Array) -> None:
    """Journal who wanted to play on when the budget ended, and in which session."""
    sittings, many = played.sittings, len(played.sittings.slot_player)
    got = np.bincount(sittings.slot[played.bets.sitting], minlength=many)
    wanted = np.bincount(sittings.slot, sittings.bets, many)
    slot = np.flatnonzero((got < wanted) & (got > 0))
    last = np.zeros(many, dtype=np.int64)
    np.maximum.at(last, sittings.slot[played.bets.sitting], played.bets.sitting)
    player, sitting = sittings.slot_player[slot], last[slot]
    house.journal.add("wishes", player=player, at=ended[sitting] - 3 * SECOND,
                      session=number[sitting], amount=played.budget.size[player],
                      harm=house.state.harm[player],
                      limited=played.budget.limit_binds[player])  # fmt: skip


def _close(house: House, played: Played, kept: Array, ended: Array) -> Array:
    state, population, sittings = house.state, house.population, played.sittings
    slot = sittings.slot[played.bets.sitting]
    flow = played.bets.win - played.bets.stake
    flow = flow + played.new_deposits * played.budget.size[sittings.player[played.bets.sitting]]
    result = np.bincount(slot, flow, len(sittings.slot_player)).astype(np.int64)
    state.balance[sittings.slot_player] = played.opening + result
    won = np.zeros(population.count)
    net = np.bincount(slot, played.bets.win - played.bets.stake, len(sittings.slot_player))
    won[sittings.slot_player] = net / population.deposit_minor[sittings.slot_player]
    state.losses = 0.75 * state.losses + 0.25 * (-won).clip(0, 8)
    state.glow = 0.6 * state.glow + 0.4 * won.clip(0, 3)
    state.steps_played[sittings.slot_player] += 1
    closed = np.zeros(population.count, dtype=np.int64)
    np.maximum.at(closed, sittings.player[kept], ended[kept])
    state.last_end = np.maximum(state.last_end, closed)
    return closed


def night_s(local_start: Array, local_end: Array) -> Array:
    """Seconds of a stretch that lie in local 00:00-06:00.

    >>> import numpy as np
    >>> night_s(np.array([23 * HOUR]), np.array([26 * HOUR])).tolist()
    [7200]
    """

    def until(at: Array) -> Array:
        whole, rest = np.divmod(at, 24 * HOUR)
        return whole * NIGHT_ENDS_H * HOUR + np.minimum(rest, NIGHT_ENDS_H * HOUR)

    return (until(local_end) - until(local_start)) // SECOND
