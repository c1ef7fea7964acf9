"""Bets of a step, on a balance that never goes below zero. Way: visits, budget -> here -> facts.

All bets of all players of a step are laid end to end. What a player must pay in before a bet is the
running maximum of what he lacks; divided by the size of one deposit, rounded up, it is the number
of deposits so far. Where that passes his budget, his play of the step ends. So stakes always come
from balance, deposits feed balance, and no loop runs over players or bets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.activity import HARM_LENGTH, Visits
from pipelines.simulation.funding import Budget
from pipelines.simulation.games import (
    CLASS_OF_GAME,
    CLASSES,
    ENTRIES,
    GAMES_PER_CLASS,
    PACE_OF_CLASS,
    VENDOR_OF_GAME,
    VENDORS,
    payout_tables,
)
from pipelines.simulation.plan import MINUTE, SECOND, Array
from pipelines.simulation.state import House

PAYOUT = payout_tables()
RAISE = np.array([4, 6, 8, 12, 16])
"""Stake in quarters of the usual one after 0, 1, 2 ... raises in a row."""
HARM_CHASE = np.array([0.03, 0.065, 0.155])
HARM_STAKE = np.array([1.0, 1.15, 1.45])
STAKE_OF_CLASS = np.array([1.0, 1.0, 0.9, 3.0, 3.5, 3.2, 3.2, 1.2, 1.0, 4.0, 1.0])
FAR = np.int64(1) << 41
MOST_BETS = 400


@dataclass(slots=True)
class Sittings:
    """Sessions with what is planned in them: games, bets, stake and chasing."""

    player: Array
    start: Array
    bets: Array
    switch: Array
    games: Array
    units: Array
    pace_s: Array
    chase: Array
    slot: Array
    slot_player: Array


@dataclass(slots=True)
class Bets:
    """Bets of a step that were really placed, in the order of player and time."""

    sitting: Array
    rank: Array
    at: Array
    game: Array
    stake: Array
    win: Array
    balance_after: Array
    deposits: Array
    was_raised: Array


def plan_sittings(house: House, visits: Visits, length: Array) -> Sittings:
    """Choose games, number of bets and stakes of the step's sessions."""
    population, state, rng = house.population, house.state, house.rng
    player, n = visits.player, len(visits.player)
    games = np.stack([_choose_game(house, player), _choose_game(house, player)])
    pace = PACE_OF_CLASS[CLASS_OF_GAME[games[0]]] * np.exp(rng.normal(0, 0.2, n))
    harm = 1 + (HARM_LENGTH[state.harm[player]] - 1) * population.expression[player, 2]
    wish = population.session_bets[player] * harm * length[player] * np.exp(rng.normal(0, 0.7, n))
    room = (visits.room_us / SECOND - 90) / pace - 1
    wish *= PACE_OF_CLASS[0] / PACE_OF_CLASS[CLASS_OF_GAME[games[0]]]
    bets = np.minimum(np.minimum(wish, room), MOST_BETS).astype(np.int64).clip(0)
    switch = np.where(rng.random(n) < 0.3, bets * rng.random(n), bets).astype(np.int64)
    harm = HARM_STAKE[state.harm[player]]
    usual = population.stake_units[player] * harm * np.exp(rng.normal(0, 0.25, n))
    units = np.maximum(usual * STAKE_OF_CLASS[CLASS_OF_GAME[games]], 1).astype(np.int64)
    chase = (HARM_CHASE[state.harm] * population.expression[:, 3]).clip(0, 0.7)[player]
    is_first = np.ones(n, dtype=bool)
    is_first[1:] = player[1:] != player[:-1]
    slot = np.cumsum(is_first) - 1
    return Sittings(player, visits.start, bets, switch, games, units, pace, chase, slot,
                    player[is_first])  # fmt: skip


def _choose_game(house: House, player: Array) -> Array:
    """Pick a class by taste, then one of its games: the favourite studio's, or any."""
    population, rng = house.population, house.rng
    draw = rng.random(len(player))
    kind = (population.game_weights[player] < draw[:, None]).sum(axis=1).clip(0, len(CLASSES) - 1)
    any_game = kind * GAMES_PER_CLASS + rng.integers(0, GAMES_PER_CLASS, len(player))
    loyal = rng.random(len(player)) < population.loyalty[player]
    # Studios repeat every eight games, so a shift of the number finds the favourite one's.
    wanted = (population.vendor[player] - VENDOR_OF_GAME[any_game]) * 5 % len(VENDORS)
    shifted = any_game + wanted
    shifted -= np.where(CLASS_OF_GAME[shifted.clip(0, len(CLASS_OF_GAME) - 1)] != kind
                        , GAMES_PER_CLASS, 0)  # fmt: skip
    over = shifted >= (kind + 1) * GAMES_PER_CLASS
    shifted = np.where(over, shifted - GAMES_PER_CLASS, shifted)
    return np.where(loyal, shifted, any_game)  # type: ignore[no-any-return]


def place_bets(house: House, sittings: Sittings, budget: Budget, opening: Array) -> Bets:
    """Play the step: draw wins, find the deposits needed, stop where the budget ends.

    `opening` is the balance per slot (a player of this step), early deposits and bonuses included.
    """
    rng, count = house.rng, sittings.bets
    sitting = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(sitting)) - np.repeat(np.cumsum(count) - count, count)
    second = (rank >= sittings.switch[sitting]).astype(np.int64)
    game = sittings.games[second, sitting]
    multiple = PAYOUT[CLASS_OF_GAME[game] * ENTRIES + rng.integers(0, ENTRIES, len(game))]
    lost_before = np.zeros(len(game), dtype=bool)
    lost_before[1:] = multiple[:-1] < 10
    lost_before &= rank > 0
    level = _raises_in_a_row(lost_before, rng.random(len(game)) < sittings.chase[sitting])
    units = sittings.units[second, sitting] * RAISE[level] // 4
    stake, win = units * 10, units * multiple
    slot = sittings.slot[sitting]
    net = win - stake
    before = _within(np.cumsum(net) - net, slot) + opening[slot]
    size = budget.size[sittings.slot_player]
    needed = _running_max(stake - before, slot)
    deposits = -(-needed // size[slot])
    kept = np.flatnonzero(deposits <= budget.most[sittings.slot_player][slot])
    at = _times(house, sittings, sitting[kept], rank[kept])
    raised = np.zeros(len(game), dtype=bool)
    raised[1:] = (stake[1:] > stake[:-1]) & lost_before[1:]
    after = before + net + deposits * size[slot]
    return Bets(sitting[kept], rank[kept], at, game[kept], stake[kept], win[kept], after[kept],
                deposits[kept], raised[kept])  # fmt: skip


def _times(house: House, sittings: Sittings, sitting: Array, rank: Array) -> Array:
    u = house.rng.random(len(rank))
    return sittings.start[sitting] + 30 * SECOND + (
        (rank + u) * sittings.pace_s[sitting] * SECOND).astype(np.int64)  # fmt: skip


def _raises_in_a_row(lost_before: Array, wants: Array) -> Array:
    """Count raises since the last win: a running count that falls back to zero on each win."""
    running = np.cumsum(lost_before & wants)
    at_win = np.maximum.accumulate(np.where(lost_before, 0, running))
    return np.minimum(running - at_win, len(RAISE) - 1)  # type: ignore[no-any-return]


def _within(running: Array, slot: Array) -> Array:
    """Take from a running sum what it was at the first bet of the slot."""
    if not len(slot):
        return running
    first = np.flatnonzero(np.r_[True, slot[1:] != slot[:-1]])
    lengths = np.diff(np.r_[first, len(slot)])
    return running - np.repeat(running[first], lengths)  # type: ignore[no-any-return]


def _running_max(lack: Array, slot: Array) -> Array:
    """Running maximum within each slot, at least zero; slots are lifted apart to do it at once."""
    lift = slot * FAR
    return np.maximum(np.maximum.accumulate(lack + lift) - lift, 0)


def session_end(sittings: Sittings, last_at: Array, rng: np.random.Generator) -> Array:
    """Say when sessions end: soon after the last bet, or after a look around without one."""
    look = sittings.start + rng.integers(MINUTE, 4 * MINUTE, len(last_at))
    return np.where(last_at > 0, last_at + rng.integers(5 * SECOND, 50 * SECOND, len(last_at)),
                    look)  # fmt: skip
