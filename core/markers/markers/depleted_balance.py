"""Visits that end with nothing left to stake."""

from core.compliance.calendar import DAY_US
from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene
from core.markers.visits import Visit

NAME = "M-DEPLETE"


def _is_depleted(visit: Visit) -> bool:
    stakes = [one.amount for one in visit.of("stake")]
    left = [one.balance for one in visit.deeds if one.balance is not None]
    return bool(stakes and left) and left[-1] < min(stakes)


def _values(scene: Scene) -> Values:
    after = scene.now_us - 7 * DAY_US
    over = [one for one in scene.visits if one.end_us > after and one.is_over(scene.now_us)]
    count = sum(map(_is_depleted, over))
    return {"count": count} if count else {}


DEPLETED_BALANCE = Marker(
    name=NAME,
    title="Played to nothing",
    says="Finished visits of 7 days whose last known balance was below the smallest stake of the "
    "visit.",
    indicator="behaviour_indicators",
    gives={"count": "visits in 7 days"},
    values=_values,
    floors=(floor(NAME, "count", "2"),),
    mark="proposed",
    source=("NJ11", "M3"),
)
