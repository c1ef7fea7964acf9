"""How a player answers messages. Way: campaign facts -> here -> bonus response, churn."""

from features.conditions import of
from features.measures import LIFE, MONTH, QUARTER, Count, Ratio, SinceLast, Where, Words
from features.spec import FeatureView

SENT = of("campaign_sent")
OPENED = (Where("response", ("opened", "clicked", "converted")),)
CONVERTED = (Where("response", ("converted",)),)

CAMPAIGNS = FeatureView(
    name="campaigns",
    source=("campaign_sent", "campaign_responded"),
    noun="campaign",
    subject="campaign messages",
    category="bonus_response",
    indicator="behaviour_indicators",
    owner="crm",
    why="Answers to messages fade before play does.",
    windows=(MONTH, QUARTER),
    measures=(
        Count(label="sent", where=SENT, phrase="Messages sent"),
        Count(label="converted", where=CONVERTED, windows=(QUARTER, LIFE),
              phrase="Messages acted on"),
        Count(label="unsubscribed", where=(Where("response", ("unsubscribed",)),),
              windows=(LIFE,), phrase="Unsubscriptions"),
        SinceLast(label="response_s", where=OPENED, windows=(LIFE,),
                  phrase="Time since a message was last answered"),
    ),
    derived=(
        Ratio(label="response_rate", over=Count(where=OPENED), under=Count(where=SENT),
              unit="number", phrase="Answers per message sent", words=Words("no messages sent")),
    ),
)  # fmt: skip
