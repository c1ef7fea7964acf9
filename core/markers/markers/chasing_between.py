"""Coming back soon after a bad visit: context beside other markers."""

from core.markers.marker import Marker, Values
from core.markers.scene import Scene
from core.markers.visits import MINUTE_US

NAME = "M-CHASE-BTW"
LEAST_VISITS = 10
SOON_US = 12 * 60 * MINUTE_US


def _values(scene: Scene) -> Values:
    if scene.visit is None or len(scene.visits) <= LEAST_VISITS:
        return {}
    *before, last = scene.visits[:-1]
    losses = sorted(one.loss for one in (*before, last))
    bad = losses[-(-9 * len(losses) // 10) - 1]
    away_us = scene.visit.start_us - last.end_us
    if last.loss <= 0 or last.loss < bad or away_us > SOON_US:
        return {}
    return {"hours": away_us // (60 * MINUTE_US)}


CHASING_BETWEEN = Marker(
    name=NAME,
    title="Back soon after a bad visit",
    says="Hours between the end of a visit with a loss at or above his own 90th percentile (ten "
    "visits at least) and the visit that runs, if no more than 12. Weak by itself.",
    indicator="behaviour_indicators",
    gives={"hours": "whole hours away"},
    values=_values,
    mark="S",
    source=("M6",),
)
