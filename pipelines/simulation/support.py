"""Talk with the help desk. Way: what happened in a step -> here -> churn, tickets.

Trouble brings players to the desk; how they leave it moves the chance that they stop: a good
answer lowers the log-hazard by 0.5, a bad one raises it by 0.7 (invented). Harm shows as tickets
about responsible gambling, complaints and requests for bonuses.
"""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded, Sparse
from pipelines.simulation.names import TICKET_KIND, token
from pipelines.simulation.plan import HOUR, MINUTE, Array
from pipelines.simulation.state import House
from pipelines.simulation.writing import Emitter

TOPICS = ("payment", "complaint", "bonus", "technical", "verification", "responsible_gambling",
          "other")  # fmt: skip
CHANNELS = ("chat", "email", "phone", "form")
TOPIC_SHARE = np.array([
    [0.30, 0.08, 0.16, 0.20, 0.14, 0.01, 0.11],
    [0.27, 0.15, 0.20, 0.15, 0.10, 0.05, 0.08],
    [0.22, 0.22, 0.20, 0.10, 0.07, 0.13, 0.06],
])  # fmt: skip
CONTACT = np.array([0.016, 0.024, 0.040])
GOOD, BAD = -0.5, 0.7


def draw_tickets(house: House, closed_at: Array) -> Array:
    """Draw this step's tickets; return what they add to the log-hazard of stopping."""
    state, rng, n = house.state, house.rng, house.population.count
    tools = house.population.expression[:, 5]
    chance = CONTACT[state.harm] * np.where(state.harm > 0, tools, 1.0)
    chance = chance * np.exp(0.2 * state.losses.clip(0, 4)) * (closed_at > 0)
    player = np.flatnonzero(rng.random(n) < chance)
    cumulative = np.cumsum(TOPIC_SHARE, axis=1)[state.harm[player]]
    topic = (cumulative < rng.random(len(player))[:, None]).sum(axis=1).clip(0, 6)
    is_good = rng.random(len(player)) < np.where(topic == 1, 0.45, 0.70)
    at = closed_at[player] + rng.integers(MINUTE, 5 * HOUR, len(player))
    house.journal.add("ticket", player=player, at=at, topic=topic, good=is_good)
    service = np.zeros(n)
    service[player] = np.where(is_good, GOOD, BAD)
    return service


def emit_tickets(house: House, emitter: Emitter) -> None:
    """Write tickets and their ends; six in ten players say how satisfied they are."""
    rows = house.journal.take("ticket")
    if rows is None:
        return
    rng, player, good = house.rng, rows["player"], rows["good"]
    n = len(player)
    ticket = token(TICKET_KIND, house.number, np.arange(n))
    topic = Coded(rows["topic"], TOPICS)
    channel = Coded(rng.choice(4, n, p=(0.55, 0.25, 0.06, 0.14)), CHANNELS)
    emitter.emit("ticket_opened", player, rows["at"], ticket_id=ticket, topic=topic,
                 channel=channel)  # fmt: skip
    hours = np.exp(rng.normal(np.log(np.where(good, 2.0, 11.0)), 1.0, n)).clip(0.05, 200)
    satisfaction = np.where(good, rng.choice(3, n, p=(0.1, 0.35, 0.55)) + 3, rng.integers(1, 4, n))
    emitter.emit("ticket_resolved", player, rows["at"] + (hours * HOUR).astype(np.int64),
                 ticket_id=ticket, topic=topic, resolution_s=(hours * 3600).astype(np.int64),
                 satisfaction=Sparse(satisfaction, rng.random(n) > 0.6))  # fmt: skip
