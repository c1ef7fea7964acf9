"""Limits that only ever go up."""

from core.compliance.calendar import DAY_US
from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene

NAME = "M-LIMUP"


def _values(scene: Scene) -> Values:
    raises, hits = 0, scene.since(8, "limit_hit")
    after_hit = 0
    for one in scene.since(7, "limit_raise", "limit_lower"):
        if one.kind == "limit_lower":
            raises, after_hit = 0, 0
            continue
        raises += 1
        after_hit += any(0 <= one.at_us - hit.at_us <= DAY_US for hit in hits)
    return {"count": raises, "after_hit": after_hit} if raises else {}


LIMIT_RAISES = Marker(
    name=NAME,
    title="Limits raised again and again",
    says="Raises and removals asked for within 7 days since the last lower limit, and those of "
    "them within 24 hours of meeting a limit.",
    indicator="use_of_management_tools",
    gives={"count": "raises in 7 days", "after_hit": "of them within 24 hours of meeting a limit"},
    values=_values,
    floors=(floor(NAME, "count", "3"), floor(NAME, "after_hit", "1")),
    mark="proposed",
    source=("NJ11", "M1"),
)
