"""Deposits that come faster or larger than the player's own."""

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene, ratio

NAME = "M-DEPACC"


def _values(scene: Scene) -> Values:
    week = scene.since(7, "deposit")
    if not week:
        return {}
    found: Values = {"count_week": len(week)}
    before = sum(one.amount for one in scene.since(35, "deposit", until_days=7))
    if before:
        found["ratio"] = ratio(4 * sum(one.amount for one in week), before)
    if scene.visit is not None:
        found["count_visit"] = len(scene.visit.of("deposit"))
    return found


DEPOSITS_SPEED_UP = Marker(
    name=NAME,
    title="Deposits speed up",
    says="Deposits of 7 days beside the mean week of the 28 days before, and how many fall into "
    "the visit that runs.",
    indicator="patterns_of_spend",
    gives={
        "ratio": "amount of 7 days / mean week of the 28 days before; left out without any then",
        "count_week": "deposits in 7 days",
        "count_visit": "deposits in the visit that runs",
    },
    values=_values,
    floors=(floor(NAME, "ratio", "2"), floor(NAME, "count_visit", "4")),
    strong=(floor(NAME, "count_visit", "10"),),
    mark="S",
    source=("MT4", "M1", "M3"),
)
