"""What was said to the player. Way: CRM engine -> here -> campaign effect, harm review."""

from __future__ import annotations

from typing import ClassVar, Literal

from core.events.fact import Fact

Channel = Literal[
    "email", "sms", "telephone", "post_mail", "site_notification", "push_notification"
]


class CampaignSent(Fact, frozen=True, kw_only=True):
    """A message left for the player."""

    family: ClassVar[str] = "crm"
    campaign_id: str
    channel: Channel


class CampaignResponded(Fact, frozen=True, kw_only=True):
    """The player acted on a message."""

    family: ClassVar[str] = "crm"
    campaign_id: str
    channel: Channel
    response: Literal["opened", "clicked", "converted", "unsubscribed"]
