"""Money laundering, four patterns. Way: population -> here -> deposits, play and payouts of steps.

Structuring (deposits a little under 2,000 EUR), rapid cycling (in, hardly played, out), income
mismatch (deposits far above declared income), dormant reactivation (months of silence, then a
large sum through). About 0.6 % of accounts (invented; no prevalence is published).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.cases import CONFIRMED, INCONCLUSIVE, UNFOUNDED, open_case
from pipelines.simulation.fraud import HONEST, Fraud
from pipelines.simulation.places import SCALE
from pipelines.simulation.plan import DAY, STEP_DAYS, Array, Plan
from pipelines.simulation.population import Population
from pipelines.simulation.state import FOREVER, House

PATTERNS = ("none", "structuring", "rapid_cycling", "income_mismatch", "dormant_reactivation")
CLEAN, STRUCTURING, CYCLING, MISMATCH, DORMANT = range(5)
SHARE = 0.006
THRESHOLD_EUR = 2_000


@dataclass(slots=True)
class Laundering:
    """Per player: the pattern, its first step, how many steps, and one in how many it acts."""

    pattern: Array
    first_step: Array
    steps: Array
    every: Array

    def acting(self, step: int) -> Array:
        """Say who pushes money through in this step."""
        since = step - self.first_step
        on = (since >= 0) & (since < self.steps) & (since % self.every == 0)
        return np.isin(self.pattern, (STRUCTURING, CYCLING, DORMANT)) & on  # type: ignore[no-any-return]

    def silent(self, step: int) -> Array:
        """Say whose account sleeps until its time has come."""
        return (self.pattern == DORMANT) & (step > 3) & (step < self.first_step)  # type: ignore[no-any-return]


def draw_laundering(
    plan: Plan, population: Population, fraud: Fraud, rng: np.random.Generator
) -> Laundering:
    """Draw patterns among accounts that do not cheat otherwise."""
    n = population.count
    has = (rng.random(n) < SHARE) & (fraud.scheme == HONEST)
    pattern = np.where(has, rng.integers(STRUCTURING, DORMANT + 1, n), CLEAN)
    joined = (population.registered_at - plan.start_us) // (STEP_DAYS * DAY)
    wait = rng.integers(2, 20, n)
    wait = np.where(pattern == DORMANT, rng.integers(40, 90, n), wait)
    mismatched = pattern == MISMATCH
    population.deposit_minor[mismatched] *= 8
    population.stake_units[mismatched] *= 8
    population.income_minor[mismatched] //= 2
    population.is_depositor[has] = True
    population.churn[has] = 0.002
    steps = np.where(pattern == DORMANT, 2, rng.integers(4, 12, n))
    every = np.where(pattern == CYCLING, rng.integers(1, 4, n), 1)
    return Laundering(pattern, joined + 1 + wait, steps, every)


def laundering_deposit(house: House, structures: Array) -> Array:
    """Size of a deposit: just under the threshold when structuring, large else."""
    rng, n = house.rng, house.population.count
    under = THRESHOLD_EUR * rng.uniform(0.90, 0.999, n)
    large = rng.choice(np.array([800, 1_000, 1_500, 2_500, 3_000]), n)
    euro = np.where(structures, np.floor(under), large)
    return (euro * 100 * SCALE[house.population.place]).astype(np.int64)


def investigate(house: House, laundering: Laundering) -> None:
    """Some weeks in, the desk looks at half of the patterns; a few accounts are blocked."""
    rng = house.rng
    due = (laundering.pattern != CLEAN) & (house.step == laundering.first_step + 8)
    player = np.flatnonzero(due & (rng.random(len(due)) < 0.55) & (house.state.last_end > 0))
    at = house.step_start[player] + rng.integers(0, DAY, len(player))
    outcome = rng.choice((CONFIRMED, UNFOUNDED, INCONCLUSIVE), len(player), p=(0.6, 0.15, 0.25))
    open_case(house, 2, player, at, outcome)
    closes = (outcome == CONFIRMED) & (rng.random(len(player)) < 0.5)
    closes &= house.state.blocked_until[player] < FOREVER
    house.block(player[closes], at[closes] + 7 * DAY, FOREVER)
    house.journal.add("block", player=player[closes], at=at[closes] + 7 * DAY,
                      reason=np.full(closes.sum(), 3))  # fmt: skip
