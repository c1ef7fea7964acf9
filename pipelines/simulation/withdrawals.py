"""Money taken out after a good step. Way: closing balance -> here -> payment facts.

A player whose balance stands well above his usual deposit often cashes out after the last session.
Some take it back while it is pending (a marker of harm; not possible in every jurisdiction).
"""

from __future__ import annotations

import numpy as np

from pipelines.simulation.places import CANCELLABLE, SCALE
from pipelines.simulation.plan import MINUTE, Array
from pipelines.simulation.state import House

ASKS, HARM_ASKS = 0.45, np.array([1.0, 0.85, 0.6])
CANCELS = np.array([0.03, 0.10, 0.28])
PAID, CANCELLED, DECLINED = 0, 1, 2


def draw_withdrawals(house: House, closed_at: Array, must: Array, bonus: Array) -> Array:
    """Take withdrawals out of the balances; return what was asked for per player.

    `closed_at`: end of each player's last session of the step, 0 without one. `must`: who cashes
    out whatever is left; `bonus`: money that cannot be taken out. A cancelled or declined
    withdrawal goes back to the balance.
    """
    state, population, rng = house.state, house.population, house.rng
    n = population.count
    cash = state.balance - bonus
    full = cash > 2.2 * population.deposit_minor
    wants = (closed_at > 0) & ((rng.random(n) < ASKS * HARM_ASKS[state.harm]) & full | must)
    keep = np.where(must, 0, np.where(rng.random(n) < 0.5, 0.5 * population.deposit_minor, 0))
    unit = 1000 * SCALE[population.place]
    amount = ((cash - keep) // unit).astype(np.int64) * unit
    player = np.flatnonzero(wants & (amount > 0))
    amount = amount[player]
    cancels = CANCELS[state.harm[player]] * population.expression[player, 5]
    cancels = (rng.random(len(player)) < cancels) & CANCELLABLE[population.place[player]]
    fate = np.where(cancels, CANCELLED, np.where(rng.random(len(player)) < 0.012, DECLINED, PAID))
    asked_at = closed_at[player] + rng.integers(MINUTE // 2, 20 * MINUTE, len(player))
    state.balance[player] -= np.where(fate == PAID, amount, 0)
    house.journal.add("withdrawals", player=player, at=asked_at, amount=amount, fate=fate)
    out = np.zeros(n, dtype=np.int64)
    out[player] = amount
    return out
