"""Weeks in a row that end in a considerable loss."""

from core.compliance.calendar import DAY_US
from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene
from core.markers.young import age_most

NAME = "M-NETLOSS"
BOUND, YOUNG_BOUND, YOUNG_BELOW = 600, 200, 26
WEEKS = 8


def _values(scene: Scene) -> Values:
    age = age_most(scene)
    bound = scene.whole(YOUNG_BOUND if age is not None and age < YOUNG_BELOW else BOUND)
    end, weeks = scene.zone.frame("week", scene.now_us).start_us, 0
    while weeks < WEEKS:
        start = scene.zone.frame("week", end - DAY_US // 2).start_us
        if _loss(scene, start, end) < bound:
            break
        end, weeks = start, weeks + 1
    return {"weeks": weeks} if weeks else {}


def _loss(scene: Scene, start_us: int, end_us: int) -> int:
    found = [one for one in scene.deeds if start_us <= one.at_us < end_us]
    won = sum(one.amount for one in found if one.kind == "win")
    return sum(one.amount for one in found if one.kind == "stake") - won


NET_LOSS_WEEKS = Marker(
    name=NAME,
    title="Weeks of loss",
    says="Calendar weeks in a row, up to the last finished one, with a net loss of 600 or more in "
    "whole currency; 200 below 26 years of age.",
    indicator="customer_spend",
    gives={"weeks": "finished weeks in a row, of eight at most"},
    values=_values,
    floors=(floor(NAME, "weeks", "3"),),
    mark="S",
    source=("ES6",),
)
