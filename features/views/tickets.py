"""What a player says to support and how content he leaves. Way: tickets -> here -> churn, harm."""

from features.conditions import of
from features.measures import (
    LIFE,
    MONTH,
    QUARTER,
    By,
    Count,
    Last,
    Ratio,
    SinceLast,
    Sum,
    Where,
    Words,
)
from features.spec import FeatureView

OPENED, RESOLVED = of("ticket_opened"), of("ticket_resolved")
COMPLAINT = (*OPENED, Where("topic", ("complaint",)))
NOT_GIVEN = Words("none given")
UNHAPPY = (*RESOLVED, Where("satisfaction", (1, 2)))
TOPICS = By(
    "topic",
    ("payment", "complaint", "bonus", "technical", "verification", "responsible_gambling"),
    said=("about payments", "to complain", "about bonuses", "about technical faults",
          "about verification", "about responsible gambling"),
)  # fmt: skip

TICKETS = FeatureView(
    name="tickets",
    source=("ticket_opened", "ticket_resolved"),
    noun="ticket",
    subject="tickets",
    category="support_interactions",
    indicator="customer_led_contact",
    owner="support",
    why="Complaints and unhappy answers come before leaving; words of distress before harm.",
    windows=(MONTH, QUARTER),
    measures=(
        Count(label="opened", where=OPENED, windows=(MONTH, QUARTER, LIFE),
              phrase="Contacts with support"),
        Count(label="topic", where=OPENED, by=TOPICS, windows=(QUARTER,),
              phrase="Contacts with support {}"),
        Count(label="unhappy", where=UNHAPPY, windows=(QUARTER, LIFE),
              phrase="Answers the player rated bad"),
        Last("satisfaction", where=RESOLVED, windows=(LIFE,),
             phrase="Last satisfaction given (1 bad - 5 good)", words=NOT_GIVEN),
        SinceLast(label="complaint_s", where=COMPLAINT, windows=(LIFE,),
                  phrase="Time since the last complaint"),
    ),
    derived=(
        Ratio(label="satisfaction_mean", over=Sum("satisfaction", where=RESOLVED),
              under=Count("satisfaction", where=RESOLVED), unit="number",
              windows=(QUARTER, LIFE), phrase="Average satisfaction given (1 bad - 5 good)",
              words=NOT_GIVEN),
        Ratio(label="resolution_s_mean", over=Sum("resolution_s", where=RESOLVED),
              under=Count(where=RESOLVED), unit="s", windows=(QUARTER, LIFE),
              phrase="Average time to an answer",
              words=Words("no answers")),
        Ratio(label="complaint_share", over=Count(where=COMPLAINT), under=Count(where=OPENED),
              unit="share", windows=(LIFE,), phrase="Share of contacts that are complaints"),
    ),
)  # fmt: skip
