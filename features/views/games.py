"""What a player likes to play. Way: bet_placed -> here -> value, churn, recommendations."""

from features.measures import MONTH, QUARTER, By, Count, Distinct, Ratio, Sum, Where
from features.spec import FeatureView

STAKE = "amount_base_minor"
TYPES = By(
    "game_type",
    ("slots", "table", "live_casino", "crash", "bingo", "sports"),
    said=("slots", "table games", "live casino", "crash games", "bingo", "sports"),
)
VOLATILITY = By("volatility", ("low", "medium", "high"))
HIGH = (Where("volatility", ("high",)),)
SLOTS, LIVE = (Where("game_type", ("slots",)),), (Where("game_type", ("live_casino",)),)

GAMES = FeatureView(
    name="games",
    source="bet_placed",
    noun="game",
    subject="bets",
    category="game_preferences",
    indicator="behaviour_indicators",
    owner="player-value",
    why="Taste tells players apart: types and volatility of games, breadth, loyalty to providers; "
    "many game types are also a marker of harm.",
    windows=(QUARTER,),
    measures=(
        Count(by=TYPES, phrase="Number of bets on {}"),
        Sum(STAKE, by=TYPES, phrase="Staked on {}"),
        Sum(STAKE, by=VOLATILITY, phrase="Staked on games of {} volatility"),
        Distinct("game_id", lanes=4, windows=(MONTH, QUARTER), phrase="Different games played"),
        Distinct("vendor_id", lanes=2, windows=(MONTH, QUARTER),
                 phrase="Different game providers played"),
        Distinct("game_type", windows=(MONTH, QUARTER), phrase="Different types of game played"),
    ),
    derived=(
        Ratio(label="slots_share", over=Sum(STAKE, where=SLOTS), under=Sum(STAKE), unit="share",
              phrase="Share of stakes on slots"),
        Ratio(label="live_share", over=Sum(STAKE, where=LIVE), under=Sum(STAKE), unit="share",
              phrase="Share of stakes on live tables"),
        Ratio(label="high_volatility_share", over=Sum(STAKE, where=HIGH), under=Sum(STAKE),
              unit="share", phrase="Share of stakes on games of high volatility"),
        Ratio(label="vendor_loyalty", over=Count(), under=Distinct("vendor_id", lanes=2),
              unit="number", phrase="Bets per game provider"),
        Ratio(label="game_loyalty", over=Count(), under=Distinct("game_id", lanes=4),
              unit="number", phrase="Bets per game"),
    ),
)  # fmt: skip
