"""USER_CONSENTS_V2: marketing consents changed. Way: Fast Track <-> here <-> PlayerConsentsChanged.

The message does not say which; the operator API's user consents do, given beside it. Without them
there is no fact to record, so the message stays unknown. A consent the answer leaves out is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import EventError
from core.events.fact import Fact
from core.events.families.player import PlayerConsentsChanged
from core.events.fasttrack.fields import Fields
from core.events.fasttrack.kind import Export, MessageKind

CONSENTS = {
    "email": "email",
    "sms": "sms",
    "telephone": "telephone",
    "postMail": "post_mail",
    "siteNotification": "site_notification",
    "pushNotification": "push_notification",
}


def read(fields: Fields) -> Fact | str:
    """Read the consents as they stand after the change, where they are given."""
    if not fields.details:
        return "without_details"
    consents = fields.details.get("consents")
    if not isinstance(consents, list) or not all(isinstance(one, dict) for one in consents):
        raise EventError(f"consents are {consents!r}", expected="the operator API's list")
    stands = dict.fromkeys(CONSENTS.values(), False)
    for one in (Fields(consent, fields.base_currency) for consent in consents):
        stands[one.choice("type", CONSENTS)] = one.flag("opted_in")
    return PlayerConsentsChanged(**stands)


def identity(fields: Fields, _: Fact) -> tuple[str, ...]:
    """A player's consents change once in an instant."""
    return fields.text("user_id"), fields.at().isoformat()


def write(_: Export) -> dict[str, Any]:
    """Write that the consents changed."""
    return {}


def details(fact: Fact) -> Mapping[str, Any]:
    """Answer the operator-API question that follows the message."""
    return {
        "consents": [
            {"type": theirs, "opted_in": getattr(fact, ours)} for theirs, ours in CONSENTS.items()
        ]
    }


USER_CONSENTS = MessageKind(
    kind="USER_CONSENTS_V2",
    read=read,
    identity=identity,
    writes=(PlayerConsentsChanged,),
    write=write,
    details=details,
)
