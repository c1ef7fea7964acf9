"""Play between midnight and six on the player's own clock."""

from core.markers.marker import Marker, Values, floor
from core.markers.scene import Scene, ratio
from core.markers.visits import MINUTE_US

NAME = "M-NIGHT"
LEAST_US = 60 * MINUTE_US
"""Of less play a share says nothing."""


def _values(scene: Scene) -> Values:
    played = scene.played_us(7)
    if played < LEAST_US:
        return {}
    night = scene.night_us(7)
    found: Values = {"share": ratio(night, played), "minutes": night // MINUTE_US}
    before = scene.played_us(63, until_days=7)
    if before >= LEAST_US:
        found["share_before"] = ratio(scene.night_us(63, until_days=7), before)
    return found


NIGHT_PLAY = Marker(
    name=NAME,
    title="Play at night",
    says="Share of the minutes of 7 days that lie in local 00:00-06:00, and the same of the eight "
    "weeks before; an hour of play at least.",
    indicator="time_spent",
    gives={
        "share": "0 to 1, of 7 days",
        "minutes": "minutes at night in 7 days",
        "share_before": "0 to 1, of the 8 weeks before",
    },
    values=_values,
    floors=(floor(NAME, "share", "0.5"),),
    mark="S",
    source=(
        "NL5",
        "NL8",
    ),
)
