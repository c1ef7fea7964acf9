"""What the player lost to the house and won from it. Way: bets and wins -> here -> value, harm."""

from features.conditions import of
from features.measures import (
    LIFE,
    MONTH,
    QUARTER,
    WEEK,
    Count,
    Difference,
    Max,
    Ratio,
    SinceLast,
    Sum,
    Trend,
    Words,
)  # fmt: skip
from features.spec import FeatureView

AMOUNT = "amount_base_minor"
BET, WON = of("bet_placed"), of("bet_won")

RESULTS = FeatureView(
    name="results",
    source=("bet_placed", "bet_won"),
    noun="play",
    subject="bets and wins",
    category="game_preferences",
    indicator="customer_spend",
    owner="player-value",
    why="Stakes less wins is the revenue value is made of and the loss harm is made of.",
    windows=(WEEK, MONTH, QUARTER, LIFE),
    measures=(
        Sum(AMOUNT, label="win_minor", where=WON, windows=(MONTH, LIFE), phrase="Won"),
        Max(AMOUNT, label="win_minor", where=WON, windows=(MONTH, LIFE), phrase="Largest win"),
        Count(label="win", where=WON, windows=(MONTH,), phrase="Number of wins"),
        SinceLast(label="win_s", where=WON, windows=(LIFE,), phrase="Time since the last win"),
    ),
    derived=(
        Difference(label="minor_net_loss", left=Sum(AMOUNT, where=BET),
                   right=Sum(AMOUNT, where=WON), unit="money", phrase="Lost (stakes less wins)",
                   words=Words(negative="Won (wins less stakes)")),
        Ratio(label="hold_rate", over=Sum(AMOUNT, where=BET), less=Sum(AMOUNT, where=WON),
              under=Sum(AMOUNT, where=BET), unit="share", windows=(MONTH, LIFE),
              phrase="Share of stakes lost",
              words=Words("no bets", negative="Won beyond stakes, as a share of stakes")),
        Ratio(label="win_rate", over=Count(where=WON), under=Count(where=BET), unit="share",
              windows=(MONTH,), phrase="Share of bets won", words=Words("no bets")),
        Trend(label="win_trend", measure=Sum(AMOUNT, where=WON), short=WEEK, long=QUARTER,
              phrase="Winnings per day"),
    ),
)  # fmt: skip
