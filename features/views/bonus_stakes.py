"""How much of the play is bonus money. Way: bet_placed -> here -> bonus response, fraud."""

from features.measures import LIFE, MONTH, QUARTER, Ratio, Sum
from features.spec import FeatureView

BONUS_STAKES = FeatureView(
    name="bonus_stakes",
    source="bet_placed",
    noun="stake",
    subject="stakes",
    category="bonus_response",
    indicator="behaviour_indicators",
    owner="crm",
    why="A player who stakes bonus money only is worth little and may be a bonus hunter.",
    windows=(MONTH, QUARTER, LIFE),
    measures=(
        Sum("bonus_wager_base_minor", label="bonus_minor", phrase="Staked from bonus money"),
        Sum("locked_wager_base_minor", label="locked_minor", windows=(LIFE,),
            phrase="Staked from locked bonus wins"),
    ),
    derived=(
        Ratio(label="bonus_share", over=Sum("bonus_wager_base_minor"),
              under=Sum("amount_base_minor"), unit="share",
              phrase="Share of stakes from bonus money"),
    ),
)  # fmt: skip
