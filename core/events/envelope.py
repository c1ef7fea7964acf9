"""Who, when, when known: what every event carries around its fact. Way: codec, importers -> here.

`id` is the dedupe key. `source` is operator/brand/system. `subject` is the player id (a table id
for live facts) and the partition key. `time` is when it happened, `recorded` when we learned of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.errors import EventError
from core.events.fact import Fact
from core.events.registry import event_type

_NO_OFFSET = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The context of an event, checked when it is made.

    Raises:
        EventError: `source` or `subject` is blank, or an instant is naive.
    """

    id: UUID
    source: str
    subject: str
    time: datetime
    recorded: datetime

    def __post_init__(self) -> None:
        for name, text in (("source", self.source), ("subject", self.subject)):
            if not text.strip():
                raise EventError(f"{name} is blank", expected="an opaque text")
        for name, at in (("time", self.time), ("recordedtime", self.recorded)):
            if at.utcoffset() != _NO_OFFSET:
                raise EventError(
                    f"{name} {at.isoformat()} is not in UTC",
                    expected="an aware instant in UTC",
                    hint="core.events.instant.utc converts one with an offset",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Envelope):
    """A fact of a known type, with its envelope."""

    fact: Fact

    @property
    def type(self) -> str:
        """The CloudEvents type, such as `io.evenhand.payment.deposit_approved.v1`."""
        return event_type(type(self.fact))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent:
    """An event of a type this version does not know: kept as it came, counted, never dropped.

    `envelope` is null where a foreign message does not say who or when.
    """

    type: str
    raw: bytes
    envelope: Envelope | None
