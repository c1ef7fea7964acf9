"""Steps towards exclusion that stopped short. Way: page views, tickets -> here -> harm."""

from features.conditions import of
from features.measures import LIFE, MONTH, QUARTER, Count, SinceLast, Where
from features.spec import FeatureView

LOOKED = (*of("exclusion_page_viewed"), Where("completed", (False,)))
ASKED = (*of("ticket_opened"), Where("topic", ("responsible_gambling",)))

EXCLUSION_ENQUIRIES = FeatureView(
    name="exclusion_enquiries",
    source=("exclusion_page_viewed", "ticket_opened"),
    noun="exclusion_enquiry",
    subject="exclusion enquiries",
    category="support_interactions",
    indicator="customer_led_contact",
    owner="player-safety",
    why="Looking at the exclusion page without going through is a call for help.",
    windows=(MONTH, QUARTER),
    measures=(
        Count(label="page", where=LOOKED, windows=(MONTH, QUARTER, LIFE),
              phrase="Looks at the exclusion page without completing it"),
        Count(label="ticket", where=ASKED, windows=(QUARTER, LIFE),
              phrase="Contacts about safer gambling"),
        SinceLast(label="page_s", where=LOOKED, windows=(LIFE,),
                  phrase="Time since the exclusion page was last left uncompleted"),
    ),
)  # fmt: skip
