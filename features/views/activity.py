"""Whether a player is still there, whatever he does. Way: play and payments -> here -> churn."""

from features.measures import (
    LIFE,
    MONTH,
    QUARTER,
    WEEK,
    Distinct,
    Ratio,
    SinceFirst,
    SinceLast,
    Trend,
)  # fmt: skip
from features.spec import FeatureView

DAYS = Distinct("utc_day", lanes=2)

ACTIVITY = FeatureView(
    name="activity",
    source=("bet_placed", "deposit_approved", "session_started", "player_logged_in"),
    noun="activity",
    subject="activities",
    category="session_patterns",
    indicator="time_spent",
    owner="player-value",
    why="The same gap means nothing for a weekend player and farewell for a daily one, so silence "
    "is measured by the player's own rhythm of days.",
    windows=(WEEK, MONTH, QUARTER),
    measures=(
        Distinct("utc_day", lanes=2, phrase="Days with any activity"),
        SinceFirst(windows=(LIFE,), phrase="Time since the first activity"),
        SinceLast(windows=(LIFE,), phrase="Time since the last activity"),
    ),
    derived=(
        Trend(label="day_trend", measure=DAYS, short=MONTH, long=QUARTER,
              phrase="Days of activity"),
        Trend(label="day_week_trend", measure=DAYS, short=WEEK, long=QUARTER,
              phrase="Days of activity"),
        Ratio(label="silence_s_per_day", over=SinceLast(), under=DAYS, windows=(QUARTER,),
              unit="s", phrase="Time since the last activity per day of activity"),
    ),
)  # fmt: skip
