"""How much stakes vary, how many bets a day, how many kinds of games: context."""

from statistics import pstdev

from core.markers.marker import Marker, Values
from core.markers.scene import Scene, ratio

NAME = "M-VAR"
LEAST_STAKES = 20


def _values(scene: Scene) -> Values:
    day = scene.zone.frame("day", scene.now_us)
    stakes = [one.amount for one in (scene.visit.of("stake") if scene.visit else [])]
    found: Values = {}
    if len(stakes) >= LEAST_STAKES and sum(stakes) > 0:
        found["variation"] = ratio(round(pstdev(stakes) * len(stakes)), sum(stakes))
    played = scene.since(7, "stake")
    if played:
        found["bets_day"] = len([one for one in played if day.start_us <= one.at_us < day.end_us])
        found["game_types"] = len({one.about for one in played})
    return found


VARIED_PLAY = Marker(
    name=NAME,
    title="Varied play",
    says="Standard deviation of the visit's stakes beside their mean (20 at least), bets of the "
    "local day, kinds of games in 7 days. Stands beside others.",
    indicator="behaviour_indicators",
    gives={
        "variation": "standard deviation / mean of the visit's stakes",
        "bets_day": "bets on the local day",
        "game_types": "kinds of games in 7 days",
    },
    values=_values,
    mark="S",
    source=("M1", "M4"),
)
