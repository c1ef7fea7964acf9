"""Talk with the player. Way: help desk -> here -> support and harm features."""

from __future__ import annotations

from typing import ClassVar, Literal

from core.events.fact import Fact

Topic = Literal[
    "payment", "complaint", "bonus", "technical", "verification", "responsible_gambling", "other"
]


class TicketOpened(Fact, frozen=True, kw_only=True):
    """The player wrote or called. The text stays in the help desk; only its code comes here."""

    family: ClassVar[str] = "support"
    ticket_id: str
    topic: Topic
    channel: Literal["chat", "email", "phone", "form", "unknown"] = "unknown"


class TicketResolved(Fact, frozen=True, kw_only=True):
    """A ticket was closed; `satisfaction` is 1 (bad) to 5, null when not given."""

    family: ClassVar[str] = "support"
    ticket_id: str
    topic: Topic
    resolution_s: int
    satisfaction: int | None = None


class ExclusionPageViewed(Fact, frozen=True, kw_only=True):
    """The player looked at the exclusion page; `completed` if he went through with it."""

    family: ClassVar[str] = "support"
    completed: bool
