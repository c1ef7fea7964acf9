"""Events as CloudEvents 1.0 JSON, one line each. Way: wire, files -> here -> landing, stream.

A line that breaks the contract raises `EventError` with the reason, for the dead letter; a line of
a type nobody declared comes back as `UnknownEvent`. Amounts are decimal texts, so reading needs no
context but the base currency the exchange rates lead to.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import msgspec

from core.errors import EventError
from core.events.envelope import Envelope, Event, UnknownEvent
from core.events.instant import instant
from core.events.payload import read_fact, write_fact
from core.events.registry import facts_by_type

LINE_BYTES_MAX = 1 << 20
BASE_CURRENCY = "EUR"
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)
_BOM = b"\xef\xbb\xbf"


class _Line(msgspec.Struct):
    """The attributes of a CloudEvent; all may be absent here, so that each refusal is named."""

    specversion: str | None = None
    id: str | None = None
    source: str | None = None
    type: str | None = None
    subject: str | None = None
    time: str | None = None
    recordedtime: str | None = None
    datacontenttype: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")
    data_base64: str | None = None


_LINES = msgspec.json.Decoder(_Line)
_DATA = msgspec.json.Decoder()
_ENCODER = msgspec.json.Encoder()


def encode(event: Event, *, base_currency: str = BASE_CURRENCY) -> bytes:
    """Write an event as one line of JSON, without the line break.

    Raises:
        EventError: the fact holds what the wire cannot carry.
    """
    return _ENCODER.encode(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": event.source,
            "type": event.type,
            "subject": event.subject,
            "time": event.time,
            "recordedtime": event.recorded,
            "datacontenttype": "application/json",
            "data": write_fact(event.fact, base_currency),
        }
    )


def decode(
    line: bytes, *, base_currency: str = BASE_CURRENCY, received_at: datetime | None = None
) -> Event | UnknownEvent:
    """Read one line. `received_at` stands in for a sender who does not say `recordedtime`.

    >>> decode(b'{"id": 7}')
    Traceback (most recent call last):
    core.errors.EventError: Expected `str | null`, got `int` - at `$.id`

    Raises:
        EventError: the line breaks the contract; the message is the reason.
    """
    parsed = _parse(line)
    _check_version(parsed)
    envelope = _envelope(parsed, received_at)
    name = _present("type", parsed.type)
    data = _data(parsed)
    fact = facts_by_type().get(name)
    if fact is None:
        return UnknownEvent(type=name, raw=line, envelope=envelope)
    if not isinstance(data, dict):
        raise EventError(f"data is {type(data).__name__}", expected="a JSON object")
    return Event(
        id=envelope.id,
        source=envelope.source,
        subject=envelope.subject,
        time=envelope.time,
        recorded=envelope.recorded,
        fact=read_fact(fact, data, base_currency),
    )


def _parse(line: bytes) -> _Line:
    if len(line) > LINE_BYTES_MAX:
        raise EventError(f"line of {len(line)} bytes", expected=f"at most {LINE_BYTES_MAX}")
    try:
        return _LINES.decode(line.removeprefix(_BOM))
    except msgspec.ValidationError as error:
        raise EventError(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EventError(f"malformed JSON: {error}", expected="one JSON object a line") from error


def _check_version(parsed: _Line) -> None:
    if parsed.specversion != "1.0":
        raise EventError(
            f"specversion {parsed.specversion!r}",
            expected="'1.0'",
            hint="a later CloudEvents version needs a later Evenhand; keep the letter till then",
        )
    if parsed.data_base64 is not None or parsed.datacontenttype not in (None, "application/json"):
        met = "data_base64" if parsed.data_base64 is not None else repr(parsed.datacontenttype)
        raise EventError(f"data comes as {met}", expected="JSON inside `data`")


def _envelope(parsed: _Line, received_at: datetime | None) -> Envelope:
    text = _present("id", parsed.id)
    if _UUID.fullmatch(text) is None:
        raise EventError(
            f"id {text[:60]!r} is no UUID",
            expected="a UUID, version 7 for choice",
            hint="events with ids of their own come in through an importer, which derives one",
        )
    if parsed.recordedtime is None and received_at is not None:
        recorded = received_at
    else:
        recorded = instant(_present("recordedtime", parsed.recordedtime), "recordedtime")
    return Envelope(
        id=UUID(text),
        source=_present("source", parsed.source),
        subject=_present("subject", parsed.subject),
        time=instant(_present("time", parsed.time), "time"),
        recorded=recorded,
    )


def _present(name: str, text: str | None) -> str:
    if text is None:
        raise EventError(f"{name} is missing", expected="a CloudEvents attribute with a value")
    if not text.strip():
        raise EventError(f"{name} is blank", expected="a CloudEvents attribute with a value")
    return text


def _data(parsed: _Line) -> object:
    try:
        return _DATA.decode(parsed.data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EventError(f"malformed JSON in data: {error}") from error
