"""Who the players are: latent traits, drawn once. Way: seed of a block -> here -> every cause.

`value` (log-normal, heavy tailed) drives stake size and, more weakly, frequency; `income` is drawn
apart and only pulls at the deposit size. All spreads are invented; docs/simulator.md lists them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.games import CLASSES, GAME_TYPES, VENDORS, VOLATILITIES
from pipelines.simulation.places import INCOME_EUR, OFFSET_US, PLACES, SCALE, WEIGHT
from pipelines.simulation.plan import BLOCK_PLAYERS, DAY, STEP_DAYS, Array, Plan

HOUR_PROFILES = ("evening", "daytime", "night", "flat")
MARKERS = ("money", "night", "length", "chase", "frequency", "tools")


@dataclass(slots=True)
class Population:
    """One row per player of a block; amounts in minor units of the player's own currency."""

    number: Array
    place: Array
    registered_at: Array
    birth_year: Array
    value: Array
    income_minor: Array
    rate: Array
    session_bets: Array
    stake_units: Array
    deposit_minor: Array
    game_weights: Array
    vendor: Array
    loyalty: Array
    hour_profile: Array
    churn: Array
    susceptibility: Array
    expression: Array
    is_depositor: Array
    consent: Array

    @property
    def count(self) -> int:
        """How many players the block holds."""
        return len(self.number)

    @property
    def offset_us(self) -> Array:
        """The player's clock minus UTC."""
        return OFFSET_US[self.place]


def player_numbers(first: int, count: int) -> Array:
    """Spread consecutive numbers over 48 bits so that an id tells nothing about its neighbours.

    Multiplying by an odd number modulo 2^44 is one-to-one.
    """
    index = np.arange(first, first + count, dtype=np.uint64) + np.uint64(1)
    spread = (index * np.uint64(0x9E3779B97F5)) & np.uint64((1 << 44) - 1)
    return (spread | np.uint64(1 << 44)).astype(np.int64)


def draw_population(plan: Plan, block: int, rng: np.random.Generator) -> Population:
    """Draw the players of a block."""
    n = plan.block_size(block)
    place = rng.choice(len(PLACES), n, p=WEIGHT)
    wealth, value = rng.normal(0, 1, n), rng.normal(0, 1, n)
    scale = SCALE[place]
    income = INCOME_EUR[place] * np.exp(0.5 * wealth - 0.12) * scale * 100
    # A typical deposit of 28 EUR; three players in a thousand pay in more than 20 times that.
    deposit = 2_800 * np.exp(0.85 * value + 0.2 * wealth) * scale
    stake_share = np.exp(rng.normal(np.log(1 / 12), 0.5, n))
    taste = _taste(n, rng)
    return Population(
        number=player_numbers(block * BLOCK_PLAYERS, n),
        place=place,
        registered_at=_registered_at(plan, n, rng),
        birth_year=plan.start.year - 18 - np.floor(rng.gamma(2.6, 8.0, n).clip(0, 65)).astype(int),
        value=np.exp(value),
        income_minor=income.astype(np.int64),
        rate=0.20 * np.exp(0.25 * value + rng.normal(0, 0.75, n)),
        session_bets=13.0 * np.exp(rng.normal(0, 0.5, n)),
        stake_units=np.maximum(deposit * stake_share / 10, 1.0),
        deposit_minor=deposit,
        game_weights=taste,
        vendor=rng.integers(0, len(VENDORS), n),
        loyalty=rng.beta(1.2, 2.5, n),
        hour_profile=rng.choice(4, n, p=(0.55, 0.22, 0.08, 0.15)),
        churn=_churn(n, rng),
        # Harm hangs on money only weakly: 0.08 of a standard deviation (Hopfgartner et al. 2023).
        susceptibility=np.exp(rng.normal(0, 1.1, n) + 0.08 * value),
        expression=np.exp(rng.normal(0, 0.45, (n, len(MARKERS)))),
        is_depositor=rng.random(n) < 0.74,
        consent=rng.random((n, 6)) < np.array([0.62, 0.45, 0.12, 0.15, 0.70, 0.40]),
    )


def _registered_at(plan: Plan, n: int, rng: np.random.Generator) -> Array:
    """A third of the book arrives in the first weeks (a migration), the rest later and later."""
    early = rng.random(n) < 0.33
    share = np.where(early, 0.06 * rng.random(n), rng.beta(1.0, 1.7, n))
    local_s = rng.integers(7 * 3600, 23 * 3600, n) * 1_000_000
    day = np.floor(share * max(plan.days - 1, 1)).astype(np.int64)
    return plan.start_us + day * DAY + local_s  # type: ignore[no-any-return]


def _churn(n: int, rng: np.random.Generator) -> Array:
    """Chance to stop per step of play: many try once and leave, the rest differ a lot."""
    settled = 0.014 * np.exp(rng.normal(0, 1.1, n)) * STEP_DAYS / 3
    return np.where(rng.random(n) < 0.22, rng.uniform(0.25, 0.7, n), settled).clip(0.0005, 0.9)


def _taste(n: int, rng: np.random.Generator) -> Array:
    """Cumulative chance of each class of game per player: mix of types times love of risk."""
    mix = rng.gamma(np.array([1.6, 0.35, 0.40, 0.15, 0.08, 0.25, 0.05]) + 0.02, 1.0, (n, 7))
    risk = rng.normal(0, 1.0, n)
    kind = np.array([GAME_TYPES.index(c.game_type) for c in CLASSES])
    level = np.array([VOLATILITIES.index(c.volatility) - 1 for c in CLASSES])
    weight = mix[:, kind] * np.exp(risk[:, None] * level) + 1e-6
    return np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
