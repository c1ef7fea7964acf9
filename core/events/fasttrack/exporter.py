"""Events as Fast Track messages. Way: events -> here -> CRM feed.

Only what their schemas ask for leaves: no device, instrument, reason of a block, score or marker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.events.codec import BASE_CURRENCY
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.fasttrack.kind import Export, MessageKind, kinds


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `kind` goes into the property or header `type`, `payload` into the body.

    `details` is the operator API's answer that goes with a slim message, where the fact holds it.
    """

    kind: str
    payload: Mapping[str, Any]
    details: Mapping[str, Any] | None = None


def export_message(event: Event, *, base_currency: str = BASE_CURRENCY) -> Message | None:
    """Write an event as a message, or null where Fast Track has no word for it."""
    kind = _kind_of().get(type(event.fact))
    if kind is None:
        return None
    payload = {
        "user_id": event.subject,
        "timestamp": event.time.isoformat().replace("+00:00", "Z"),
        "origin": _origin(event.source),
    }
    payload |= kind.write(Export(event, base_currency))
    details = kind.details(event.fact) if kind.details else None
    return Message(kind.kind, payload, details)


@cache
def _kind_of() -> dict[type[Fact], MessageKind]:
    return {fact: kind for kind in kinds().values() for fact in kind.writes}


def _origin(source: str) -> str:
    """Return the brand of an `operator/brand/system` source, or all of a shorter one."""
    parts = [part for part in source.split("/") if part.strip()]
    return parts[1] if len(parts) > 1 else source
