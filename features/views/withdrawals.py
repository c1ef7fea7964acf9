"""Money paid out and money called back. Way: withdrawal facts -> here -> value, harm."""

from features.conditions import of
from features.measures import (
    LIFE,
    MONTH,
    QUARTER,
    WEEK,
    Count,
    Max,
    Ratio,
    SinceLast,
    Std,
    Sum,
    Words,
)
from features.spec import FeatureView

AMOUNT = "amount_base_minor"
ASKED, PAID = of("withdrawal_requested"), of("withdrawal_paid")
CANCELLED = of("withdrawal_cancelled")

WITHDRAWALS = FeatureView(
    name="withdrawals",
    source=("withdrawal_requested", "withdrawal_paid", "withdrawal_cancelled",
            "withdrawal_declined"),
    noun="withdrawal",
    subject="withdrawals",
    category="markers_of_harm",
    indicator="patterns_of_spend",
    owner="player-safety",
    why="A player who calls back his own withdrawal to play on is at risk in every study.",
    windows=(WEEK, MONTH, QUARTER),
    measures=(
        Count(label="requested", where=ASKED, phrase="Number of withdrawals asked for"),
        Count(label="paid", where=PAID, windows=(MONTH, LIFE), phrase="Number of withdrawals paid"),
        Sum(AMOUNT, label="paid_minor", where=PAID, windows=(MONTH, LIFE),
            phrase="Amount of withdrawals paid"),
        Max(AMOUNT, label="paid_minor", where=PAID, windows=(LIFE,),
            phrase="Largest withdrawal paid"),
        Count(label="cancelled", where=CANCELLED, phrase="Number of withdrawals called back"),
        Sum(AMOUNT, label="cancelled_minor", where=CANCELLED, windows=(MONTH, LIFE),
            phrase="Amount of withdrawals called back"),
        Count(label="declined", where=of("withdrawal_declined"), windows=(QUARTER,),
              phrase="Withdrawals declined"),
        SinceLast(label="paid_s", where=PAID, windows=(LIFE,),
                  phrase="Time since the last withdrawal was paid"),
    ),
    derived=(
        Ratio(label="cancelled_share", over=Count(where=CANCELLED), under=Count(where=ASKED),
              unit="share", windows=(MONTH, LIFE), phrase="Share of withdrawals called back",
              words=Words("no withdrawals asked for")),
        Std(label="paid_minor_std", column=AMOUNT, where=PAID, unit="money", windows=(LIFE,),
            phrase="Spread of withdrawals paid",
            words=Words("no withdrawals paid")),
    ),
)  # fmt: skip
