"""One step after another for a block of players. Way: latent traits -> here -> journal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation import (
    activity,
    aml,
    bonuses,
    campaigns,
    cases,
    churn,
    exclusions,
    funding,
    harm,
    limits,
    play,
    support,
    withdrawals,
)
from pipelines.simulation.aml import Laundering
from pipelines.simulation.bonuses import Bonuses
from pipelines.simulation.campaigns import Wave
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
from pipelines.simulation.recording import Played, record_step
from pipelines.simulation.state import House


@dataclass(slots=True)
class Schemes:
    """Who is up to something in this step."""

    cheats: Array
    steals: Array
    hunts: Array
    launders: Array
    structures: Array
    silent: Array
    done: Array


def run(house: House, fraud: Fraud, laundering: Laundering) -> None:
    """Take the block through all steps; everything that happened is in its journal."""
    bonus, wave = bonuses.no_bonuses(house), campaigns.quiet_wave(house.population.count)
    limits.set_first_limits(house)
    for step in range(house.plan.steps):
        house.step = step
        wave = campaigns.next_wave(house, wave)
        take_step(house, _schemes(fraud, laundering, step), bonus, wave)
        block_found(house, fraud)
        aml.investigate(house, laundering)


def _schemes(fraud: Fraud, laundering: Laundering, step: int) -> Schemes:
    cheats = fraud.acting(step)
    return Schemes(cheats, cheats & (fraud.scheme == STOLEN),
                   cheats & np.isin(fraud.scheme, (MULTI, HUNTER)),
                   laundering.acting(step), laundering.pattern == aml.STRUCTURING,
                   laundering.silent(step), fraud.done(step))  # fmt: skip


def take_step(house: House, schemes: Schemes, bonus: Bonuses, wave: Wave) -> None:
    """Move hidden states, let players come, pay, play and leave, then draw what follows."""
    state = house.state
    awake = schemes.cheats | schemes.launders
    state.lapsed = (state.lapsed & ~awake) | schemes.done | schemes.silent
    activity.wander(house)
    harm.move_harm(house)
    bonuses.offer(house, bonus, wave)
    played, closed_at = _play(house, schemes, bonus, wave)
    staked = np.bincount(played.sittings.player[played.bets.sitting], played.bets.stake,
                         house.population.count).astype(np.int64)  # fmt: skip
    bonuses.progress(house, bonus, staked, closed_at)
    must = schemes.steals | schemes.launders | (schemes.hunts & ~bonus.is_active)
    asked = withdrawals.draw_withdrawals(house, closed_at, must, bonus.fund)
    bonuses.forfeit(house, bonus, np.flatnonzero((asked > 0) & bonus.is_active), closed_at,
                    bonuses.CASHED_OUT)  # fmt: skip
    service = support.draw_tickets(house, closed_at) - 0.3 * bonus.is_active
    limits.move_limits(house, played.met_limit(house.population.count), closed_at)
    cases.draw_idle_alerts(house, closed_at)
    _follow_harm(house, closed_at)
    churn.draw_churn(house, service, wave.called)


def _play(house: House, schemes: Schemes, bonus: Bonuses, wave: Wave) -> tuple[Played, Array]:
    rate = activity.intensity(house, np.exp(wave.warmth))
    rate = np.where(schemes.cheats, RATE[STOLEN], np.where(schemes.launders, 0.9, rate))
    visits = activity.draw_visits(house, rate)
    budget = _budget(house, schemes)
    length = np.where(schemes.steals, 0.5, np.where(schemes.hunts, 2.5, 1.0))
    length = np.where(schemes.launders, 0.35, length)
    sittings = play.plan_sittings(house, visits, length)
    player = sittings.slot_player
    house.opened_at[player] = visits.start[np.flatnonzero(np.diff(sittings.slot, prepend=-1))]
    able = np.where(budget.most[player] > 0, budget.size[player], 0)
    gift = bonuses.claim(house, bonus, player, able, schemes.hunts)
    early = budget.early[player] | (gift > 0)
    opening = house.state.balance[player] + early * budget.size[player] + gift
    fund = bonus.fund[player]
    bets = play.place_bets(house, sittings, budget, opening)
    played = Played(sittings, bets, budget, opening, early, gift, fund)
    bonus.fund[player] = played.bonus_split()[2]
    return played, record_step(house, played)


def _budget(house: House, schemes: Schemes) -> Budget:
    """Overrule the budget of those who follow a plan of their own."""
    budget, n = funding.draw_budget(house), house.population.count
    cheat = fraud_deposit(house.population, schemes.steals, house.rng)
    launder = aml.laundering_deposit(house, schemes.structures)
    budget.size = np.where(schemes.cheats, cheat, np.where(schemes.launders, launder, budget.size))
    most = np.where(schemes.steals, 2 + house.rng.poisson(2.0, n), 1)
    budget.most = np.where(schemes.cheats | schemes.launders, most, budget.most)
    budget.early |= schemes.steals | schemes.launders
    return budget


def _follow_harm(house: House, closed_at: Array) -> None:
    """Let harm come into the open: the door closes, a limit is cut, a case is decided."""
    outcomes = harm.draw_outcomes(house, closed_at > 0)
    at = exclusions.when(house, outcomes.player, closed_at)
    acts = (exclusions.self_exclude, exclusions.time_out, limits.cut_limit)
    for kind, act in enumerate(acts):
        chosen = outcomes.kind == kind
        act(house, outcomes.player[chosen], at[chosen])
    chosen = outcomes.kind == len(acts)
    cases.open_case(house, 0, outcomes.player[chosen], at[chosen],
                    np.full(chosen.sum(), cases.CONFIRMED))  # fmt: skip
    harm.relieve(house, outcomes.player)
