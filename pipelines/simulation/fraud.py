"""Who cheats and how. Way: population -> here -> behaviour of a few steps, blocks, charge-backs.

Three schemes: stolen cards (alone or in rings), rings of accounts that collect welcome bonuses, and
bonus hunters on their own. About 3.5 % of accounts, invented. Most start on the first day; one in
seven stolen-card accounts sleeps first. The operator finds most of them, some days later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.cases import CONFIRMED, open_case
from pipelines.simulation.columns import Coded
from pipelines.simulation.places import SCALE
from pipelines.simulation.plan import DAY, STEP_DAYS, Array
from pipelines.simulation.population import Population
from pipelines.simulation.state import FOREVER, House
from pipelines.simulation.writing import Emitter

SCHEMES = ("none", "stolen_card", "multi_account", "bonus_hunter")
HONEST, STOLEN, MULTI, HUNTER = range(4)
REASONS = ("fraud_chargeback", "fraud_multi_account", "fraud_bonus_abuse", "aml")
RING_SHARE, SOLO_SHARE, HUNTER_SHARE = 0.020, 0.010, 0.008
FOUND = np.array([0.0, 0.85, 0.75, 0.45])
RATE = np.array([0.0, 1.6, 1.1, 1.0])


@dataclass(slots=True)
class Fraud:
    """Per player: scheme, ring (-1 none), first step of it, steps it lasts, when he is found."""

    scheme: Array
    ring: Array
    first_step: Array
    steps: Array
    found_at: Array

    def acting(self, step: int) -> Array:
        """Say who carries out his scheme in this step."""
        since = step - self.first_step
        return (self.scheme != HONEST) & (since >= 0) & (since < self.steps)  # type: ignore[no-any-return]

    def done(self, step: int) -> Array:
        """Say who has finished and does not come back."""
        return (self.scheme != HONEST) & (step >= self.first_step + self.steps)  # type: ignore[no-any-return]


def draw_fraud(population: Population, start_us: int, rng: np.random.Generator) -> Fraud:
    """Draw schemes; members of a ring stand side by side and register within days of each other."""
    n = population.count
    scheme = np.where(rng.random(n) < SOLO_SHARE, STOLEN, HONEST)
    scheme = np.where(rng.random(n) < HUNTER_SHARE, HUNTER, scheme)
    ring = np.full(n, -1)
    rings = int(rng.poisson(n * RING_SHARE / 6.5))
    first, size = rng.integers(0, n, rings), rng.integers(3, 13, rings)
    kind = rng.choice((STOLEN, MULTI), rings)
    member = np.repeat(np.arange(rings), size)
    seat = np.minimum(np.repeat(first, size) + _rank(size), n - 1)
    ring[seat], scheme[seat] = member, kind[member]
    joined = population.registered_at[first[ring[seat]]]
    population.registered_at[seat] = joined + rng.integers(0, 9 * DAY, len(seat))
    registered = (population.registered_at - start_us + population.offset_us) // DAY
    registered = (registered + np.arange(n) % STEP_DAYS) // STEP_DAYS
    sleeps = (scheme == STOLEN) & (ring < 0) & (rng.random(n) < 0.3)
    first_step = registered + np.where(sleeps, rng.integers(3, 40, n), 0)
    steps = rng.integers(1, 4, n)
    found = rng.random(n) < FOUND[scheme]
    began = np.maximum(start_us + first_step * STEP_DAYS * DAY, population.registered_at)
    delay = (DAY * (0.6 + rng.gamma(1.4, 4.0, n))).astype(np.int64)
    return Fraud(scheme, ring, first_step, steps, np.where(found, began + delay, FOREVER))


def _rank(size: Array) -> Array:
    return np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)  # type: ignore[no-any-return]


def fraud_deposit(population: Population, steals: Array, rng: np.random.Generator) -> Array:
    """Size of a deposit within a scheme: large from stolen cards, the bonus minimum else."""
    large = rng.choice(np.array([100, 150, 200, 250, 300, 500]), population.count)
    euro = np.where(steals, large, 20)
    return euro * 100 * SCALE[population.place]


def block_found(house: House, fraud: Fraud) -> None:
    """Block the accounts found in this step, for good."""
    begin = house.step_start
    found = (fraud.found_at >= begin) & (fraud.found_at < begin + STEP_DAYS * DAY)
    player = np.flatnonzero(found & (house.state.blocked_until < FOREVER))
    at = np.maximum(fraud.found_at[player], house.state.last_end[player] + 60_000_000)
    house.block(player, at, FOREVER)
    open_case(house, 1, player, at, np.full(len(player), CONFIRMED))
    house.journal.add("block", player=player, at=at, reason=fraud.scheme[player] - 1)


def emit_blocks(house: House, emitter: Emitter) -> None:
    """Write the operator's blocks."""
    if rows := house.journal.take("block"):
        emitter.emit("player_blocked", rows["player"], rows["at"],
                     reason=Coded(rows["reason"], REASONS), until_at=None)  # fmt: skip
