"""Harm as a hidden state, and what ends in the open. Way: state, results -> here -> exclusions.

none -> at risk -> harmed, with recovery. Only the state causes the markers (elsewhere: chasing,
night, length, number of deposits, tools) and the outcomes here; money enters by a small part of
susceptibility and by losses that are large *for the player*. Rates per step are invented, set so
that 3-6 % of recently active players meet an outcome within 90 days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.plan import Array
from pipelines.simulation.state import AT_RISK, HARMED, NONE, House

WORSEN = np.array([0.0030, 0.020, 0.0])
RECOVER = np.array([0.0, 0.012, 0.008])
OUTCOME = np.array([0.00010, 0.0022, 0.038])
OUTCOMES = ("self_exclusion", "time_out", "limit_cut", "case")
SHARE = np.array([0.44, 0.22, 0.20, 0.14])


@dataclass(slots=True)
class Outcomes:
    """Players whose harm came into the open in this step, and how (index into `OUTCOMES`)."""

    player: Array
    kind: Array


def move_harm(house: House) -> None:
    """Let the hidden state of everybody who plays move one step; journal the moves."""
    state, population, rng = house.state, house.population, house.rng
    n = population.count
    before = state.harm.copy()
    playing = house.may_play & ~state.lapsed
    strain = np.exp(0.35 * state.losses.clip(0, 4))
    worse = WORSEN[before] * np.minimum(population.susceptibility, 12) * strain * playing
    better = RECOVER[before] * np.where(playing, 1.0, 2.5)
    draw = rng.random(n)
    state.harm[draw < worse] += 1
    state.harm[draw > 1 - better] -= 1
    moved = np.flatnonzero(state.harm != before)
    house.journal.add("harm", player=moved, at=house.step_start[moved], state=state.harm[moved])


def draw_outcomes(house: House, played: Array) -> Outcomes:
    """Draw who excludes himself, pauses, cuts his limit or is found by a case in this step.

    `played`: players with a session in the step; the others rarely act.
    """
    state, rng = house.state, house.rng
    chance = OUTCOME[state.harm] * np.where(played, 1.6, 0.25) * house.may_play
    player = np.flatnonzero(rng.random(len(chance)) < chance)
    return Outcomes(player, rng.choice(len(OUTCOMES), len(player), p=SHARE))


def relieve(house: House, player: Array) -> None:
    """After help or a break some step back: harmed to at risk, at risk to none."""
    helped = player[house.rng.random(len(player)) < 0.45]
    house.state.harm[helped] = np.maximum(house.state.harm[helped] - 1, NONE)


__all__ = ["AT_RISK", "HARMED", "NONE", "Outcomes", "draw_outcomes", "move_harm", "relieve"]
