"""Deposits that were refused."""

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene

NAME = "M-DECLINE"


def _values(scene: Scene) -> Values:
    found = scene.since(1, "declined")
    if not found:
        return {}
    empty = sum(one.about == "insufficient_funds" for one in found)
    return {"count": len(found), "insufficient": empty}


DECLINED_DEPOSITS = Marker(
    name=NAME,
    title="Declined deposits",
    says="Deposits refused within 24 hours, and those of them for want of money.",
    indicator="account_indicators",
    gives={"count": "declined in 24 hours", "insufficient": "of them for want of money"},
    values=_values,
    floors=(floor(NAME, "count", "3"), floor(NAME, "insufficient", "2")),
    mark="S",
    source=("NL5", "NJ3"),
)
