"""Fast Track messages in files, one JSON object a line. Way: file -> here -> importer.

    {"type": "CASINO", "payload": {"type": "Bet", "amount": 12.5, ...}}

The kind stands outside the payload, as in their queues, or in `headers` as a Kafka dump has it:
`{"headers": {"type": "CASINO"}, "payload": {...}}`. Beside it may stand `received_at` (when the
message came, RFC 3339) and `details` (the operator API's answer on the player). Numbers are read
digit by digit, never through binary floats.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from core.errors import EventError
from core.events.codec import BASE_CURRENCY
from core.events.envelope import Event, UnknownEvent
from core.events.fasttrack.exporter import Message
from core.events.fasttrack.importer import Reception, import_message
from core.events.instant import instant


class _Line(msgspec.Struct):
    payload: dict[str, Any]
    type: str | None = None
    headers: dict[str, Any] | None = None
    received_at: str | None = None
    details: dict[str, Any] | None = None


_DECODER = msgspec.json.Decoder(_Line, float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def import_line(
    line: bytes, *, base_currency: str = BASE_CURRENCY, received_at: datetime | None = None
) -> Event | UnknownEvent:
    """Read one line; what it says of its reception goes before `received_at`.

    Raises:
        EventError: the line is no message, or its payload breaks the contract.
    """
    parsed = _parse(line)
    kind = parsed.type or (parsed.headers or {}).get("type")
    if not isinstance(kind, str) or not kind.strip():
        raise EventError(
            "the message has no type outside its payload",
            expected='{"type": "CASINO", "payload": {...}}',
            hint="the payload's own `type` (Bet, Credit) is another thing",
        )
    said = instant(parsed.received_at, "received_at") if parsed.received_at else received_at
    reception = Reception(base_currency, said, parsed.details or {})
    return import_message(kind, parsed.payload, reception)


def message_line(message: Message) -> bytes:
    """Write a message as one line, without the line break."""
    line: dict[str, Any] = {"type": message.kind, "payload": message.payload}
    if message.details is not None:
        line["details"] = message.details
    return _ENCODER.encode(line)


def _parse(line: bytes) -> _Line:
    try:
        return _DECODER.decode(line)
    except msgspec.ValidationError as error:
        raise EventError(
            f"no Fast Track line: {error}", expected='{"type": "CASINO", "payload": {...}}'
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EventError(f"malformed JSON: {error}", expected="one JSON object a line") from error
