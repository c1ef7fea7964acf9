"""How things stand with every player between two steps. Way: population -> here -> each step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.journal import Journal
from pipelines.simulation.plan import DAY, STEP_DAYS, Array, Plan
from pipelines.simulation.population import Population

NONE, AT_RISK, HARMED = 0, 1, 2
FOREVER = np.iinfo(np.int64).max // 2


@dataclass(slots=True)
class State:
    """One row per player; instants in UTC microseconds, amounts in the player's minor units."""

    harm: Array
    lapsed: Array
    blocked_until: Array
    blocked_from: Array
    balance: Array
    last_end: Array
    mood: Array
    losses: Array
    glow: Array
    paid_in: Array
    limit: Array
    steps_played: Array


@dataclass(slots=True)
class House:
    """A block of players on their way through time."""

    plan: Plan
    number: int
    population: Population
    state: State
    journal: Journal
    rng: np.random.Generator
    opened_at: Array
    stopped_at: Array
    stop_cause: Array
    step: int = 0

    @property
    def step_start(self) -> Array:
        """Local midnight, as UTC, on which each player's current step begins.

        A third of the players steps on each day, so that nothing happens to all on one weekday.
        """
        phase = np.arange(self.population.count) % STEP_DAYS
        days = STEP_DAYS * self.step - phase
        return self.plan.start_us + days * DAY - self.population.offset_us

    def block(self, player: Array, at: Array, until: Array | int) -> None:
        """Close the door on players from an instant on, until another (FOREVER: for good)."""
        until = np.broadcast_to(np.asarray(until), player.shape)
        self.state.blocked_until[player] = np.maximum(self.state.blocked_until[player], until)
        for_good = until >= FOREVER
        gone = player[for_good]
        self.state.blocked_from[gone] = np.minimum(self.state.blocked_from[gone], at[for_good])

    @property
    def may_play(self) -> Array:
        """Players who are registered before this step ends and not kept out for all of it."""
        end = self.step_start + STEP_DAYS * DAY
        return (self.population.registered_at < end) & (self.state.blocked_until < end)


def new_house(plan: Plan, number: int, population: Population, rng: np.random.Generator) -> House:
    """Open the house: nobody has played, paid in or been harmed yet."""
    n = population.count
    state = State(
        harm=np.zeros(n, dtype=np.int8),
        lapsed=np.zeros(n, dtype=bool),
        blocked_until=np.zeros(n, dtype=np.int64),
        blocked_from=np.full(n, FOREVER),
        balance=np.zeros(n, dtype=np.int64),
        last_end=np.zeros(n, dtype=np.int64),
        mood=rng.normal(0, 0.35, n),
        losses=np.zeros(n),
        glow=np.zeros(n),
        paid_in=np.zeros((2, n), dtype=np.int64),
        limit=np.zeros(n, dtype=np.int64),
        steps_played=np.zeros(n, dtype=np.int64),
    )
    return House(
        plan,
        number,
        population,
        state,
        Journal(),
        rng,
        np.zeros(n, dtype=np.int64),
        np.full(n, FOREVER),
        np.zeros(n, dtype=np.int64),
    )
