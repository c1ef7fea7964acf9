"""The reference measure set of the stream benchmarks: 16 measures, 5 windows and the whole life."""

from __future__ import annotations

from features.measures import DAY, LIFE, MONTH, WEEK, Count, Distinct, Max, Measure, Sum, Window
from features.spec import FeatureView

MINUTES = Window("10m", 600, 60, "in the last 10 minutes")
HOUR_BY_MINUTE = Window("1h", 3_600, 60, "in the last hour")
WINDOWS = (MINUTES, HOUR_BY_MINUTE, DAY, WEEK, MONTH, LIFE)
AMOUNT = "amount_base_minor"


def _view(source: str, *measures: Measure) -> FeatureView:
    return FeatureView(
        name=f"reference_{source}", source=source, noun=source, subject=source.replace("_", " "),
        measures=measures, windows=WINDOWS, category="session_patterns", indicator="time_spent",
        owner="player-value", why="The measures stream engines are compared by.",
    )  # fmt: skip


REFERENCE = (
    _view("bet_placed", Count(), Sum(AMOUNT), Max(AMOUNT), Distinct("game_id"),
          Sum("bonus_wager_base_minor")),
    _view("bet_won", Count(), Sum(AMOUNT)),
    _view("deposit_approved", Count(), Sum(AMOUNT)),
    _view("withdrawal_requested", Count(), Sum(AMOUNT)),
    _view("player_logged_in", Count()),
    _view("session_started", Count()),
    _view("session_ended", Count()),
    _view("bonus_claimed", Count(), Sum(AMOUNT)),
)  # fmt: skip
