"""Breaks taken, limits met, reality checks waved away."""

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene

NAME = "M-TOOLS"


def _values(scene: Scene) -> Values:
    breaks, hits = len(scene.since(30, "time_out")), len(scene.since(30, "limit_hit"))
    waved = sum(one.about == "ignored" for one in scene.since(30, "reality_check"))
    count = breaks + hits + waved
    if not count:
        return {}
    return {"count": count, "breaks": breaks, "limits_met": hits, "ignored": waved}


MANAGEMENT_TOOLS = Marker(
    name=NAME,
    title="Use of management tools",
    says="Time-outs taken, limits met and reality checks ignored in 30 days.",
    indicator="use_of_management_tools",
    gives={
        "count": "all of them in 30 days",
        "breaks": "time-outs",
        "limits_met": "limits met",
        "ignored": "reality checks ignored",
    },
    values=_values,
    floors=(floor(NAME, "count", "10"),),
    mark="S",
    source=("MT4",),
)
