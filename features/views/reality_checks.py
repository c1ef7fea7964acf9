"""What a player does when told how long he plays. Way: reality_check_shown -> here -> harm."""

from features.measures import MONTH, QUARTER, Count, Ratio, Where
from features.spec import FeatureView

IGNORED = (Where("response", ("ignored", "continued")),)
STOPPED = (Where("response", ("stopped",)),)

REALITY_CHECKS = FeatureView(
    name="reality_checks",
    source="reality_check_shown",
    noun="reality_check",
    subject="reality checks",
    category="markers_of_harm",
    indicator="use_of_management_tools",
    owner="player-safety",
    why="Playing on past every reality check is a marker; stopping at one is self-control.",
    windows=(MONTH, QUARTER),
    measures=(
        Count(),
        Count(label="stopped", where=STOPPED, phrase="Reality checks that ended play"),
    ),
    derived=(
        Ratio(label="ignored_share", over=Count(where=IGNORED), under=Count(), unit="share",
              phrase="Share of reality checks played past"),
    ),
)  # fmt: skip
