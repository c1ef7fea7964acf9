"""Logins, failed logins and the devices they came from. Way: login facts -> here -> fraud."""

from features.conditions import NIGHT, of
from features.measures import DAY, LIFE, MONTH, WEEK, Count, Distinct, Ratio, SinceLast
from features.spec import FeatureView

GOOD, FAILED = of("player_logged_in"), of("player_login_failed")

LOGINS = FeatureView(
    name="logins",
    source=("player_logged_in", "player_login_failed"),
    noun="login",
    subject="logins",
    category="fraud_signals",
    indicator="account_indicators",
    owner="fraud",
    why="Account takeover shows as failed logins and new devices; silence shows as no logins.",
    windows=(DAY, WEEK, MONTH),
    measures=(
        Count(label="good", where=GOOD, phrase="Logins"),
        Count(label="failed", where=FAILED, phrase="Failed logins"),
        SinceLast(where=GOOD, windows=(LIFE,), phrase="Time since the last login"),
        Distinct("device_id", lanes=2, windows=(DAY, WEEK, MONTH),
                 phrase="Devices logged in from"),
        Distinct("ip", lanes=2, windows=(DAY, WEEK), phrase="Internet addresses logged in from"),
        Distinct("device_type", windows=(MONTH,), phrase="Kinds of device logged in from"),
    ),
    derived=(
        Ratio(label="failed_share", over=Count(where=FAILED), under=Count(), unit="share",
              windows=(WEEK, MONTH), phrase="Share of logins that failed"),
        Ratio(label="night_share", over=Count(where=(*GOOD, NIGHT)), under=Count(where=GOOD),
              unit="share", windows=(MONTH,),
              phrase="Share of logins at night (0-6 h local time)"),
    ),
)  # fmt: skip
