"""What a player does with a bonus. Way: bonus facts -> here -> bonus response, fraud."""

from features.conditions import of
from features.measures import LIFE, MONTH, QUARTER, WEEK, Count, Ratio, SinceLast, Sum, Words
from features.spec import FeatureView

OFFERED, CLAIMED = of("bonus_offered"), of("bonus_claimed")
DONE, LOST, WAGERED = of("bonus_completed"), of("bonus_forfeited"), of("bonus_wagered")
NONE_TAKEN = Words("no bonuses taken")

BONUSES = FeatureView(
    name="bonuses",
    source=("bonus_offered", "bonus_claimed", "bonus_wagered", "bonus_completed",
            "bonus_forfeited"),
    noun="bonus",
    subject="bonuses",
    category="bonus_response",
    indicator="behaviour_indicators",
    owner="crm",
    why="Who takes, plays through or drops a bonus tells whom one moves, and whom one feeds.",
    windows=(MONTH, QUARTER, LIFE),
    measures=(
        Count(label="offered", where=OFFERED, phrase="Number of bonuses offered"),
        Count(label="claimed", where=CLAIMED, windows=(WEEK, MONTH, QUARTER, LIFE),
              phrase="Number of bonuses taken"),
        Count(label="completed", where=DONE, windows=(LIFE,), phrase="Bonuses played through"),
        Count(label="forfeited", where=LOST, windows=(QUARTER, LIFE), phrase="Bonuses forfeited"),
        Sum("amount_base_minor", label="claimed_minor", where=CLAIMED,
            windows=(MONTH, LIFE), phrase="Amount of bonuses taken"),
        Sum("wagered_base_minor", label="wagered_minor", where=WAGERED, windows=(QUARTER,),
            phrase="Wagered for bonuses"),
        Sum("turned_real_base_minor", label="turned_minor", where=DONE, windows=(LIFE,),
            phrase="Bonus money turned to cash"),
        SinceLast(label="claimed_s", where=CLAIMED, windows=(LIFE,),
                  phrase="Time since a bonus was last taken"),
    ),
    derived=(
        Ratio(label="acceptance_rate", over=Count(where=CLAIMED), under=Count(where=OFFERED),
              unit="share", windows=(QUARTER, LIFE), phrase="Share of offered bonuses taken",
              words=Words("no bonuses offered")),
        Ratio(label="completion_rate", over=Count(where=DONE), under=Count(where=CLAIMED),
              unit="share", windows=(LIFE,), phrase="Share of taken bonuses played through",
              words=NONE_TAKEN),
        Ratio(label="play_through", over=Sum("wagered_base_minor", where=WAGERED),
              under=Sum("required_wagering_base_minor", where=CLAIMED), unit="share",
              windows=(QUARTER, LIFE), phrase="Wagered for bonuses as a share of what was required",
              words=Words("no wagering required")),
        Ratio(label="forfeited_share", over=Count(where=LOST), under=Count(where=CLAIMED),
              unit="share", windows=(LIFE,), phrase="Share of taken bonuses forfeited",
              words=NONE_TAKEN),
    ),
)  # fmt: skip
