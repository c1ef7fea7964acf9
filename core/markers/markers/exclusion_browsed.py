"""The exclusion page was opened and left."""

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene

NAME = "M-SEBROWSE"


def _values(scene: Scene) -> Values:
    count = len(scene.since(30, "exclusion_page"))
    return {"count": count} if count else {}


EXCLUSION_BROWSED = Marker(
    name=NAME,
    title="Exclusion page opened and left",
    says="How often in 30 days the player looked at the exclusion page and did not go through.",
    indicator="use_of_management_tools",
    gives={"count": "views in 30 days"},
    values=_values,
    floors=(floor(NAME, "count", "3"),),
    mark="proposed",
    source=("NJ11",),
)
