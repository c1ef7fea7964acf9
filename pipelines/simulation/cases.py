"""Alerts and the people who decide on them. Way: harm, fraud, aml -> here -> decision facts.

An alert opens a case; a person closes it one to six days later. Most alerts of the safety desk are
about players who are not harmed, as in any house.
"""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded
from pipelines.simulation.names import CASE_KIND, token
from pipelines.simulation.plan import DAY, Array
from pipelines.simulation.state import House
from pipelines.simulation.writing import Emitter

DESKS = ("rg", "fraud", "aml")
OUTCOMES = ("confirmed", "unfounded", "inconclusive")
CONFIRMED, UNFOUNDED, INCONCLUSIVE = range(3)
RULES = ("markers_of_harm", "shared_identity", "typology")
IDLE_ALERT = np.array([0.0005, 0.0015, 0.003])


def open_case(house: House, desk: int, player: Array, at: Array, outcome: Array) -> None:
    """Journal an alert and how its case will end."""
    house.journal.add("case", player=player, at=at, outcome=outcome,
                      desk=np.full(len(player), desk))  # fmt: skip


def draw_idle_alerts(house: House, closed_at: Array) -> None:
    """Raise alerts on players whose case then comes to nothing."""
    rng, state = house.rng, house.state
    chance = IDLE_ALERT[state.harm] * (closed_at > 0)
    player = np.flatnonzero(rng.random(len(chance)) < chance)
    outcome = np.where(rng.random(len(player)) < 0.8, UNFOUNDED, INCONCLUSIVE)
    open_case(house, 0, player, closed_at[player] + rng.integers(0, DAY, len(player)), outcome)


def emit_cases(house: House, emitter: Emitter) -> None:
    """Write alerts and decisions."""
    rows = house.journal.take("case")
    if rows is None:
        return
    n = len(rows["player"])
    number, desk = token(CASE_KIND, house.number, np.arange(n)), Coded(rows["desk"], DESKS)
    emitter.emit("alert_raised", rows["player"], rows["at"], alert_id=number, desk=desk,
                 rule=Coded(rows["desk"], RULES))  # fmt: skip
    decided = rows["at"] + house.rng.integers(DAY, 6 * DAY, n)
    emitter.emit("case_decided", rows["player"], decided, case_id=number, desk=desk,
                 outcome=Coded(rows["outcome"], OUTCOMES))  # fmt: skip
