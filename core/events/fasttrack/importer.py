"""Fast Track messages as events. Way: message -> here -> landing.

The same message always becomes the same event id, so importing twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from core.errors import EventError
from core.events.codec import BASE_CURRENCY
from core.events.envelope import Envelope, Event, UnknownEvent
from core.events.fact import Fact
from core.events.fasttrack.fields import Fields
from core.events.fasttrack.kind import kinds
from core.ids import derived_id

_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Reception:
    """What the receiver knows and the payload does not say.

    `received_at` null means: known when it happened, as in a real-time feed. `details` is the
    operator API's answer on the player (details, blocks, consents), for the slim messages.
    """

    base_currency: str = BASE_CURRENCY
    received_at: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def import_message(
    kind: str, payload: Mapping[str, Any], reception: Reception | None = None
) -> Event | UnknownEvent:
    """Read one message; a kind or variant no fact stands for is kept as unknown.

    >>> import_message("LOTTERY", {"user_id": "7"}).type
    'fasttrack.LOTTERY'

    Raises:
        EventError: the payload breaks Fast Track's contract or ours; the message is the reason.
    """
    reception = reception or Reception()
    fields = Fields(payload, reception.base_currency, reception.details)
    declared = kinds().get(kind)
    if declared is None:
        return UnknownEvent(
            type=f"fasttrack.{kind}",
            raw=_raw(kind, payload),
            envelope=_foreign_envelope(kind, fields, reception),
        )
    fact = declared.read(fields)
    if isinstance(fact, str):
        return UnknownEvent(
            type=f"fasttrack.{kind}.{fact}",
            raw=_raw(kind, payload),
            envelope=_envelope(kind, fields, reception, _whole(payload)),
        )
    identity = (kind, *declared.identity(fields, fact))
    return _event(_envelope(kind, fields, reception, identity), fact)


def _event(envelope: Envelope, fact: Fact) -> Event:
    return Event(
        id=envelope.id,
        source=envelope.source,
        subject=envelope.subject,
        time=envelope.time,
        recorded=envelope.recorded,
        fact=fact,
    )


def _envelope(
    kind: str, fields: Fields, reception: Reception, identity: tuple[str, ...]
) -> Envelope:
    source = f"fasttrack/{fields.text('origin')}/{kind.lower()}"
    at = fields.at()
    return Envelope(
        id=derived_id(source, msgspec.json.encode(identity).decode()),
        source=source,
        subject=fields.text("user_id"),
        time=at,
        recorded=reception.received_at or at,
    )


def _foreign_envelope(kind: str, fields: Fields, reception: Reception) -> Envelope | None:
    """An undeclared kind may not be about a player at all; then it has no envelope."""
    try:
        return _envelope(kind, fields, reception, _whole(fields.payload))
    except EventError:
        return None


def _whole(payload: Mapping[str, Any]) -> tuple[str, ...]:
    return (_ENCODER.encode(dict(sorted(payload.items()))).decode(),)


def _raw(kind: str, payload: Mapping[str, Any]) -> bytes:
    return _ENCODER.encode({"type": kind, "payload": payload})
