"""How much a player is ready to pay in. Way: state -> here -> play of a step.

A step has a budget: the size of one deposit and how many of them at most. Harm raises the number
far more than the size; the player's own limit caps the sum over about a week.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.places import SCALE
from pipelines.simulation.plan import Array
from pipelines.simulation.state import House

NICE = np.array([5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750,
                 1000, 1500, 2000, 3000, 5000, 10000]) * 100  # fmt: skip
HARM_SIZE = np.array([1.0, 1.1, 1.25])
HARM_MORE = np.array([0.25, 0.85, 2.6])
HARM_EARLY = np.array([0.10, 0.17, 0.32])
"""Chance to top up before the balance is gone."""


@dataclass(slots=True)
class Budget:
    """Per player of the block: one deposit's size, how many at most, one made without need."""

    size: Array
    most: Array
    early: Array
    limit_binds: Array


def nice_amount(amount: Array, scale: Array) -> Array:
    """Round to an amount people type in.

    >>> import numpy as np
    >>> nice_amount(np.array([2790.0]), np.array([1])).tolist()
    [3000]
    """
    near = np.searchsorted(NICE * 0.87, amount / scale).clip(1, len(NICE)) - 1
    return NICE[near] * scale  # type: ignore[no-any-return]


def draw_budget(house: House) -> Budget:
    """Draw every player's budget for this step."""
    population, state, rng = house.population, house.state, house.rng
    n = population.count
    size = population.deposit_minor * HARM_SIZE[state.harm] * np.exp(rng.normal(0, 0.22, n))
    size = nice_amount(size, SCALE[population.place])
    more = HARM_MORE[state.harm] * population.expression[:, 0]
    most = np.where(population.is_depositor, 1 + rng.poisson(more), 0)
    room = np.where(state.limit > 0, state.limit - state.paid_in.sum(axis=0), np.int64(1) << 50)
    allowed = np.maximum(room // size, 0)
    early = (rng.random(n) < HARM_EARLY[state.harm]) & (np.minimum(most, allowed) > 0)
    return Budget(size, np.minimum(most, allowed), early, allowed < most)
