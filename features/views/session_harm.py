"""Signs within a session that play has got out of hand. Way: session_ended -> here -> harm."""

from features.conditions import NIGHT
from features.measures import (
    DAY,
    LIFE,
    MONTH,
    QUARTER,
    WEEK,
    Count,
    Max,
    Ratio,
    Std,
    Sum,
    Trend,
    Where,
    Words,
)  # fmt: skip
from features.spec import FeatureView

DEPLETED = (Where("depleted", (True,)),)

SESSION_HARM = FeatureView(
    name="session_harm",
    source="session_ended",
    noun="visit",
    subject="sessions",
    category="markers_of_harm",
    indicator="behaviour_indicators",
    owner="player-safety",
    why="Chasing losses, playing to the last coin, paying in again within a session, playing at "
    "night and uneven stakes are the markers with the best evidence.",
    windows=(WEEK, MONTH, QUARTER),
    measures=(
        Count(label="depleted", where=DEPLETED, phrase="Sessions played to the last coin"),
        Sum("chased_count", label="chased", phrase="Stakes raised right after a loss"),
        Sum("night_s", label="night_s", phrase="Time played at night"),
        Sum("deposit_count", label="deposit", windows=(DAY, MONTH),
            phrase="Deposits made within sessions"),
        Max("deposit_count", label="deposit", windows=(MONTH,),
            phrase="Most deposits within one session"),
        Max("stake_base_minor", label="stake_minor", windows=(MONTH,),
            phrase="Highest stakes in one session"),
        Count(label="night", where=(NIGHT,), windows=(DAY, WEEK),
              phrase="Sessions at night (0-6 h local time)"),
    ),
    derived=(
        Ratio(label="depleted_share", over=Count(where=DEPLETED), under=Count(), unit="share",
              windows=(MONTH, QUARTER), phrase="Share of sessions played to the last coin"),
        Ratio(label="chased_rate", over=Sum("chased_count"), under=Sum("bet_count"),
              unit="share", windows=(MONTH, QUARTER),
              phrase="Share of bets raised right after a loss"),
        Ratio(label="night_s_share", over=Sum("night_s"), under=Sum("duration_s"), unit="share",
              windows=(WEEK, MONTH, LIFE), phrase="Share of playing time at night"),
        Ratio(label="deposits_mean", over=Sum("deposit_count"), under=Count(), unit="number",
              windows=(MONTH, LIFE), phrase="Deposits per session"),
        Ratio(label="loss_minor_mean", over=Sum("stake_base_minor"), less=Sum("win_base_minor"),
              under=Count(), unit="money", windows=(WEEK, MONTH), phrase="Loss per session",
              words=Words(negative="Win per session")),
        Std(label="stake_minor_std", column="stake_base_minor", unit="money", windows=(MONTH,),
            phrase="Spread of stakes per session"),
        Trend(label="chased_trend", measure=Sum("chased_count"), short=WEEK, long=QUARTER,
              phrase="Stakes raised right after a loss, per day"),
        Trend(label="night_s_trend", measure=Sum("night_s"), short=WEEK, long=QUARTER,
              phrase="Time played at night, per day"),
    ),
)  # fmt: skip
