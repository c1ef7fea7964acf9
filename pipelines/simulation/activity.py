"""When players come: intensity, calendar, clock. Way: state -> here -> sessions of a step.

A player comes by a Poisson process whose rate is his own (frailty) times a slowly wandering mood,
times season, weekday, harm, campaign. The hour comes from his own profile of the day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.plan import DAY, HOUR, MINUTE, STEP_DAYS, Array
from pipelines.simulation.state import House

HARM_RATE = np.array([1.0, 1.2, 1.55])
HARM_NIGHT = np.array([0.0, 0.09, 0.25])
HARM_LENGTH = np.array([1.0, 1.12, 1.35])
WEEKDAY = np.array([0.80, 0.78, 0.82, 0.86, 1.05, 1.20, 1.12])
"""Monday to Sunday: share of sessions kept; weekends are busier."""
MOST_SESSIONS = 14


@dataclass(slots=True)
class Visits:
    """Sessions of one step, sorted by player and time."""

    player: Array
    start: Array
    room_us: Array


def _hour_table() -> Array:
    """1,024 equally likely hours for each profile: evening, daytime, night, flat."""
    hours = np.arange(24)
    shapes = [
        np.exp(-0.5 * ((hours - 20.5) / 2.6) ** 2) + 0.03,
        np.exp(-0.5 * ((hours - 13.5) / 3.6) ** 2) + 0.02,
        np.exp(-0.5 * (((hours + 12) % 24 - 13) / 3.2) ** 2) + 0.03,
        np.ones(24) * 0.5 + (hours > 8) * 0.5,
    ]
    cumulative = [np.cumsum(s / s.sum()) for s in shapes]
    points = (np.arange(1024) + 0.5) / 1024
    return np.concatenate([np.searchsorted(c, points) for c in cumulative]).astype(np.int64)


HOURS = _hour_table()


def wander(house: House) -> None:
    """Let moods move back to the middle with noise (half-life about three weeks)."""
    state = house.state
    state.mood *= 0.9
    state.mood += house.rng.normal(0, 0.16, len(state.mood))


def intensity(house: House, uplift: Array) -> Array:
    """Expected sessions per day and player."""
    population, state = house.population, house.state
    day_of_year = (house.step * STEP_DAYS + house.plan.start.timetuple().tm_yday) % 365
    season = 1 + 0.12 * np.cos(2 * np.pi * (day_of_year - 15) / 365)
    wild = population.expression[:, 4] ** 0.5
    harm = 1 + (HARM_RATE[state.harm] - 1) * wild
    return population.rate * np.exp(state.mood) * season * harm * uplift  # type: ignore[no-any-return]


def draw_visits(house: House, rate: Array) -> Visits:
    """Draw the step's sessions; one that would run into another or into a block is dropped."""
    population, rng = house.population, house.rng
    playing = house.may_play & ~house.state.lapsed
    count = np.minimum(rng.poisson(np.where(playing, rate * STEP_DAYS, 0.0)), MOST_SESSIONS)
    player = np.repeat(np.arange(population.count), count)
    day = rng.integers(0, STEP_DAYS, len(player))
    start = house.step_start[player] + day * DAY + _time_of_day(house, player)
    weekday = ((start + population.offset_us[player]) // DAY + 3) % 7
    kept = rng.random(len(player)) < WEEKDAY[weekday] / WEEKDAY.max()
    first = _first_visits(house)
    player = np.concatenate([player[kept], first])
    start = np.concatenate([start[kept], population.registered_at[first] + 2 * MINUTE])
    return _in_order(house, player, start)


def _time_of_day(house: House, player: Array) -> Array:
    rng, population = house.rng, house.population
    hour = HOURS[population.hour_profile[player] * 1024 + rng.integers(0, 1024, len(player))]
    night = HARM_NIGHT[house.state.harm[player]] * population.expression[player, 1]
    moved = rng.random(len(player)) < night
    hour = np.where(moved, rng.integers(0, 5, len(player)), hour)
    return hour * HOUR + rng.integers(0, HOUR, len(player))


def _first_visits(house: House) -> Array:
    since = house.population.registered_at - house.step_start
    return np.flatnonzero((since >= 0) & (since < STEP_DAYS * DAY))


def _in_order(house: House, player: Array, start: Array) -> Visits:
    state, population, plan = house.state, house.population, house.plan
    early = np.maximum(state.last_end, population.registered_at + MINUTE)[player]
    early = np.maximum(early, state.blocked_until[player])
    kept = (start > early) & (start < plan.end_us - MINUTE)
    player, start = player[kept], start[kept]
    order = np.argsort(player * (1 << 44) + (start - plan.start_us), kind="stable")
    player, start = player[order], start[order]
    room = np.full(len(player), 12 * HOUR)
    same = player[1:] == player[:-1]
    room[:-1][same] = (start[1:] - start[:-1])[same] - 2 * MINUTE
    enough = room > 5 * MINUTE
    return Visits(player[enough], start[enough], room[enough])
