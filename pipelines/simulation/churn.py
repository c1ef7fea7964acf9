"""Who stops, who comes back. Way: state, results -> here -> next step's sessions.

A hazard per step: the player's own, times what happened to him. It rises with losses (in units of
his usual deposit) and falls with recent wins, bonuses and good support. A stopped player may come
back; a campaign to lapsed players makes that three times as likely. Effect sizes are invented.
"""

from __future__ import annotations

import numpy as np

from pipelines.simulation.plan import Array
from pipelines.simulation.state import FOREVER, House

BY_LOSS, BY_GLOW, BY_HARM = 0.30, -0.55, np.array([0.0, -0.25, -0.5])
COMES_BACK = 0.005
CAUSES = ("taste", "losses", "support")


def draw_churn(house: House, service: Array, called_back: Array) -> None:
    """Move players between playing and lapsed; journal both with the likeliest cause.

    `service`: log-hazard from support and bonuses of this step; `called_back`: times on return.
    """
    state, population, rng = house.state, house.population, house.rng
    n = population.count
    pull = BY_LOSS * state.losses.clip(-1, 4) + BY_GLOW * state.glow + BY_HARM[state.harm] + service
    chance = population.churn * np.exp(pull)
    known = population.registered_at < house.step_start
    stops = known & ~state.lapsed & (rng.random(n) < chance)
    returns = state.lapsed & house.may_play & (rng.random(n) < COMES_BACK * called_back)
    cause = np.where(service > 0.3, 2, np.where(BY_LOSS * state.losses > 0.3, 1, 0))
    for kind, who in (("lapse", stops), ("return", returns)):
        player = np.flatnonzero(who)
        house.journal.add(kind, player=player, at=house.step_start[player], cause=cause[player])
    house.stopped_at = np.where(stops, house.step_start, np.where(returns, FOREVER,
                                                                  house.stopped_at))  # fmt: skip
    house.stop_cause = np.where(stops, cause, house.stop_cause)
    state.lapsed = (state.lapsed | stops) & ~returns
