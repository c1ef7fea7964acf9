"""How long a player plays: this visit, this day, this week beside those before."""

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene, ratio
from core.markers.visits import MINUTE_US

NAME = "M-SESSLEN"


def _values(scene: Scene) -> Values:
    day = scene.zone.frame("day", scene.now_us)
    today = sum(visit.within(day.start_us, day.end_us) for visit in scene.visits)
    found: Values = {"minutes_day": today // MINUTE_US}
    if scene.visit is not None:
        found["minutes_visit"] = (scene.visit.end_us - scene.visit.start_us) // MINUTE_US
    before_us = scene.played_us(21, until_days=7)
    if before_us:
        found["week_ratio"] = ratio(2 * scene.played_us(7), before_us)
    return found


SESSION_LENGTH = Marker(
    name=NAME,
    title="Long play",
    says="Minutes of play in a visit and on a local day; this week's beside the mean of the two "
    "weeks before.",
    indicator="time_spent",
    gives={
        "minutes_day": "minutes played on the local day",
        "minutes_visit": "minutes of the visit that runs",
        "week_ratio": "minutes of 7 days / mean week of the 14 days before; not without play",
    },
    values=_values,
    floors=(floor(NAME, "minutes_day", "360"), floor(NAME, "minutes_visit", "240")),
    strong=(floor(NAME, "minutes_day", "720"),),
    mark="S",
    source=(
        "NL5",
        "NL8",
    ),
)
