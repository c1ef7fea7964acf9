"""How a player uses his own limits. Way: limit facts -> here -> harm."""

from features.conditions import of
from features.measures import LIFE, MONTH, QUARTER, WEEK, By, Count, Last, SinceLast, Where, Words
from features.spec import FeatureView

CHANGES = By(
    "change",
    ("new", "decrease", "increase", "removal"),
    said=("set for the first time", "lowered", "raised", "removed"),
)
HITS = By(
    "kind",
    ("deposit", "loss", "stake", "time"),
    said=("Deposit", "Loss", "Stake", "Time"),
)
CUT = (*of("limit_set"), Where("change", ("new", "decrease")))
DEPOSIT_LIMIT = (*of("limit_set"), Where("kind", ("deposit",)))

LIMITS = FeatureView(
    name="limits",
    source=("limit_set", "limit_increase_requested", "limit_hit", "limit_override_attempted"),
    noun="limit",
    subject="limit events",
    category="markers_of_harm",
    indicator="use_of_management_tools",
    owner="player-safety",
    why="Changes of limits predict exclusion best of all; raising right after a hit is a marker.",
    windows=(MONTH, QUARTER),
    measures=(
        Count(label="change", where=of("limit_set"), by=CHANGES, windows=(QUARTER, LIFE),
              phrase="Limits {}"),
        Count(label="hit", where=of("limit_hit"), windows=(WEEK, MONTH, QUARTER),
              phrase="Limits reached"),
        Count(label="hit", where=of("limit_hit"), by=HITS, windows=(QUARTER,),
              phrase="{} limits reached"),
        Count(label="increase_asked", where=of("limit_increase_requested"),
              phrase="Higher limits asked for"),
        Count(label="override", where=of("limit_override_attempted"), windows=(QUARTER,),
              phrase="Tries to get round a limit"),
        SinceLast(label="cut_s", where=CUT, windows=(LIFE,),
                  phrase="Time since a limit was last set or cut"),
        SinceLast(label="hit_s", where=of("limit_hit"), windows=(LIFE,),
                  phrase="Time since a limit was last reached"),
        Last("amount_base_minor", label="deposit_minor", where=DEPOSIT_LIMIT, windows=(LIFE,),
             phrase="Deposit limit last set", words=Words("none set")),
    ),
)  # fmt: skip
