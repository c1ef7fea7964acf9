"""A young player: context beside other markers."""

from core.markers.marker import Marker, Values
from core.markers.scene import Scene
from core.markers.young import age_most

NAME = "M-YOUNG"
BELOW = 25


def _values(scene: Scene) -> Values:
    age = age_most(scene)
    return {"age_most": age} if age is not None and age < BELOW else {}


YOUNG_PLAYER = Marker(
    name=NAME,
    title="Young player",
    says="At most 24 years old, by the year of birth. Stands beside others.",
    indicator="account_indicators",
    gives={"age_most": "years at the end of this year"},
    values=_values,
    mark="D",
)
