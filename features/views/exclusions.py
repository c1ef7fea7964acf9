"""Breaks and exclusions in the past. Way: exclusion facts -> here -> harm."""

from features.conditions import of
from features.measures import LIFE, QUARTER, Count, SinceLast
from features.spec import FeatureView

BREAK, EXCLUDED = of("player_timed_out"), of("player_self_excluded")
RETURNED = of("player_exclusion_ended")

EXCLUSIONS = FeatureView(
    name="exclusions",
    source=("player_timed_out", "player_self_excluded", "player_exclusion_ended"),
    noun="exclusion",
    subject="exclusions",
    category="markers_of_harm",
    indicator="use_of_management_tools",
    owner="player-safety",
    why="A player who excluded himself once is likelier to need it again.",
    windows=(QUARTER, LIFE),
    measures=(
        Count(label="time_out", where=BREAK, phrase="Time-outs taken"),
        Count(label="self", where=EXCLUDED, windows=(LIFE,), phrase="Self-exclusions"),
        Count(label="returned", where=RETURNED, windows=(LIFE,),
              phrase="Returns from exclusion"),
        SinceLast(label="time_out_s", where=BREAK, windows=(LIFE,),
                  phrase="Time since the last time-out began"),
        SinceLast(label="returned_s", where=RETURNED, windows=(LIFE,),
                  phrase="Time since the last return from exclusion"),
    ),
)  # fmt: skip
