"""One step after another for a block of players. Way: latent traits -> here -> journal."""

from __future__ import annotations

import numpy as np

from pipelines.simulation import activity, churn, exclusions, funding, harm, play, withdrawals
from pipelines.simulation.fraud import (
    HUNTER,
    MULTI,
    RATE,
    STOLEN,
    Fraud,
    block_found,
    fraud_deposit,
)
from pipelines.simulation.funding import Budget
from pipelines.simulation.plan import Array
from pipelines.simulation.play import Sittings
from pipelines.simulation.recording import Played, record_step
from pipelines.simulation.state import House


def run(house: House, fraud: Fraud) -> None:
    """Take the block through all steps; everything that happened is in its journal."""
    for step in range(house.plan.steps):
        house.step = step
        take_step(house, fraud)


def take_step(house: House, fraud: Fraud) -> None:
    """Move hidden states, let players come, pay, play and leave, then draw what follows."""
    n = house.population.count
    acting, done = fraud.acting(house.step), fraud.done(house.step)
    house.state.lapsed = (house.state.lapsed & ~acting) | done
    activity.wander(house)
    harm.move_harm(house)
    rate = activity.intensity(house, np.ones(n))
    rate = np.where(acting, RATE[fraud.scheme], rate)
    visits = activity.draw_visits(house, rate)
    budget = _budget(house, fraud, acting)
    length = np.where(acting & (fraud.scheme == STOLEN), 0.5, 1.0)
    sittings = play.plan_sittings(house, visits, length)
    opening, early = _opening(house, sittings, budget)
    bets = play.place_bets(house, sittings, budget, opening)
    closed_at = record_step(house, Played(sittings, bets, budget, opening, early))
    must = acting & np.isin(fraud.scheme, (STOLEN, MULTI, HUNTER))
    withdrawals.draw_withdrawals(house, closed_at, must)
    _follow_harm(house, closed_at)
    block_found(house, fraud)
    churn.draw_churn(house, np.zeros(n), np.ones(n))


def _budget(house: House, fraud: Fraud, acting: Array) -> Budget:
    budget = funding.draw_budget(house)
    n = house.population.count
    size = fraud_deposit(house.population, fraud, house.rng)
    most = np.where(fraud.scheme == STOLEN, 2 + house.rng.poisson(1.5, n), 1)
    budget.size = np.where(acting, size, budget.size)
    budget.most = np.where(acting, most, budget.most)
    return budget


def _opening(house: House, sittings: Sittings, budget: Budget) -> tuple[Array, Array]:
    """Balances at the step's first bet, and who pays in before it without having to."""
    player = sittings.slot_player
    early = budget.early[player]
    return house.state.balance[player] + np.where(early, budget.size[player], 0), early


def _follow_harm(house: House, closed_at: Array) -> None:
    """Let harm come into the open: the door closes, a limit is cut, a case is decided."""
    outcomes = harm.draw_outcomes(house, closed_at > 0)
    at = exclusions.when(house, outcomes.player, closed_at)
    for kind, act in ((0, exclusions.self_exclude), (1, exclusions.time_out)):
        chosen = outcomes.kind == kind
        act(house, outcomes.player[chosen], at[chosen])
    harm.relieve(house, outcomes.player)
