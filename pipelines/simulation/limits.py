"""Deposit limits players set, meet, raise and cut. Way: registration, wishes -> here -> budgets.

One weekly deposit limit per player who has one: everybody in Germany (where a limit is a duty),
18 % elsewhere (invented). A limit binds the budget of the next steps. An increase waits; a cut
holds at once. A cut to half or less is one of the ways harm comes into the open.
"""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded, Sparse
from pipelines.simulation.funding import nice_amount
from pipelines.simulation.places import PLACES, SCALE
from pipelines.simulation.plan import DAY, HOUR, MINUTE, SECOND, Array
from pipelines.simulation.state import House
from pipelines.simulation.writing import Emitter

CHANGES = ("new", "decrease", "increase", "removal")
NEW, DECREASE, INCREASE, REMOVAL = range(4)
DUTY = np.array([p.jurisdiction == "DE" for p in PLACES])
RAISES = np.array([0.10, 0.22, 0.34])
"""Chance per step with a limit to ask for more, when it was met; by harm."""
TRIMS = 0.0012
"""Chance per step of a mild cut without any trouble behind it."""


def set_first_limits(house: House) -> None:
    """Let players set a limit while registering."""
    population, rng, n = house.population, house.rng, house.population.count
    sets = DUTY[population.place] | (rng.random(n) < 0.18)
    amount = population.deposit_minor * np.exp(rng.normal(np.log(4.5), 0.6, n))
    player = np.flatnonzero(sets)
    amount = nice_amount(amount[player], SCALE[population.place[player]])
    _change(house, player, population.registered_at[player] + 70 * SECOND, amount, NEW)


def move_limits(house: House, met: Array, closed_at: Array) -> None:
    """Draw requests for more by those who met their limit, and mild cuts by anybody."""
    state, rng, scale = house.state, house.rng, SCALE[house.population.place]
    has = state.limit > 0
    draw = rng.random(len(has))
    tools = house.population.expression[:, 5]
    player = np.flatnonzero(met & has & (draw < RAISES[state.harm] * tools))
    amount = nice_amount(state.limit[player] * rng.uniform(1.5, 3.0, len(player)), scale[player])
    at = closed_at[player] + rng.integers(MINUTE, HOUR, len(player))
    house.journal.add("limit_request", player=player, at=at, amount=amount)
    # The wait of one to seven days ends in a later step; the budget follows at the next one.
    _change(house, player, at + rng.integers(DAY, 7 * DAY, len(player)), amount, INCREASE)
    player = np.flatnonzero(has & ~met & (closed_at > 0) & (draw < TRIMS))
    amount = nice_amount(state.limit[player] * rng.uniform(0.6, 0.9, len(player)), scale[player])
    _change(house, player, closed_at[player] + 5 * MINUTE, amount, DECREASE)


def cut_limit(house: House, player: Array, at: Array) -> None:
    """Cut the limit to between an eighth and a half; without one, set a low one."""
    rng, state, population = house.rng, house.state, house.population
    has = state.limit[player] > 0
    base = np.where(has, state.limit[player], 3.0 * population.deposit_minor[player])
    scale = SCALE[population.place[player]]
    amount = nice_amount(base * rng.uniform(0.12, 0.42, len(player)), scale)
    amount = np.maximum(np.minimum(amount, (base / 2).astype(np.int64)), 100)
    for change, chosen in ((DECREASE, has), (NEW, ~has)):
        _change(house, player[chosen], at[chosen], amount[chosen], change)


def _change(house: House, player: Array, at: Array, amount: Array, change: int) -> None:
    before = house.state.limit[player].copy()
    house.state.limit[player] = amount
    house.journal.add("limit", player=player, at=at, amount=amount, before=before,
                      change=np.full(len(player), change))  # fmt: skip


def emit_limits(house: House, emitter: Emitter) -> None:
    """Write limits set and asked for."""
    if rows := house.journal.take("limit"):
        emitter.emit("limit_set", rows["player"], rows["at"], kind="deposit", period="week",
                     change=Coded(rows["change"], CHANGES), amount_minor=rows["amount"],
                     previous_minor=Sparse(rows["before"], rows["before"] == 0),
                     limit_s=None)  # fmt: skip
    if rows := house.journal.take("limit_request"):
        emitter.emit("limit_increase_requested", rows["player"], rows["at"], kind="deposit",
                     period="week", amount_minor=rows["amount"])  # fmt: skip
