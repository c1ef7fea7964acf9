"""Self-exclusion and time-out: the door closes. Way: harm outcomes -> here -> blocks, facts."""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded, Sparse
from pipelines.simulation.plan import DAY, MINUTE, SECOND, Array
from pipelines.simulation.state import FOREVER, House
from pipelines.simulation.writing import Emitter

SCOPES = ("operator", "register")
MONTHS = np.array([6, 12, 24, 60, 0])
"""Length of a self-exclusion in months; 0 is for good."""


def self_exclude(house: House, player: Array, at: Array) -> None:
    """Close the door for months or for good; nobody comes back by mere expiry."""
    rng = house.rng
    months = rng.choice(MONTHS, len(player), p=(0.42, 0.20, 0.08, 0.12, 0.18))
    until = at + months * 30 * DAY
    house.block(player, at, FOREVER)
    scope = (rng.random(len(player)) < 0.3).astype(np.int32)
    house.journal.add("self_exclusion", player=player, at=at, until=until, months=months,
                      scope=scope)  # fmt: skip


def time_out(house: House, player: Array, at: Array) -> None:
    """Close the door for one day to six weeks."""
    days = house.rng.choice(np.array([1, 7, 14, 30, 42]), len(player))
    until = at + days * DAY
    house.block(player, at, until)
    house.journal.add("time_out", player=player, at=at, until=until)


def when(house: House, player: Array, closed_at: Array) -> Array:
    """Say when a player acts: soon after his last session, else some time of the step."""
    rng = house.rng
    quiet = np.maximum(house.step_start, house.population.registered_at)[player]
    quiet = quiet + rng.integers(0, 3 * DAY, len(player))
    after = closed_at[player] + rng.integers(MINUTE, 40 * MINUTE, len(player))
    return np.where(closed_at[player] > 0, after, quiet)


def emit_exclusions(house: House, emitter: Emitter) -> None:
    """Write self-exclusions and time-outs."""
    if rows := house.journal.take("self_exclusion"):
        emitter.emit("player_self_excluded", rows["player"], rows["at"],
                     scope=Coded(rows["scope"], SCOPES),
                     register=Coded(np.where(rows["scope"] == 1, 0, -1), ["national"]),
                     until_at=Sparse(rows["until"], rows["months"] == 0))  # fmt: skip
        emitter.emit("exclusion_page_viewed", rows["player"], rows["at"] - 40 * SECOND,
                     completed=True)  # fmt: skip
    if rows := house.journal.take("time_out"):
        emitter.emit("player_timed_out", rows["player"], rows["at"], until_at=rows["until"])
