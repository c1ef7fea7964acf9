"""The wire, written down: one JSON Schema 2020-12 per event type. Way: facts -> here -> schemas/.

Generated from the same field list the codec reads, so the two cannot drift. `breaking` compares
with what was published: a type once on the wire only ever grows.
"""

from __future__ import annotations

import inspect
from typing import Any

from core.events.fact import Fact
from core.events.registry import event_type
from core.events.wire import Kind, WireField, wire_fields

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_INSTANT: Schema = {"type": "string", "format": "date-time"}
_KINDS: dict[Kind, Schema] = {
    Kind.AMOUNT: {
        "type": "string",
        "pattern": r"^-?[0-9]+(\.[0-9]+)?$",
        "description": "Decimal amount in `currency`, with no more decimals than the currency has.",
    },
    Kind.RATE: {
        "type": "string",
        "pattern": r"^[0-9]+(\.[0-9]+)?$",
        "description": "Base currency per unit of `currency` when it happened, more than zero.",
    },
    Kind.INSTANT: _INSTANT | {"description": "RFC 3339 instant with its offset."},
    Kind.CURRENCY: {
        "type": "string",
        "pattern": "^[A-Z]{3}$",
        "description": "ISO 4217 code; XXX where an account has none.",
    },
    Kind.CHOICE: {"type": "string", "description": "One of a closed set."},
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer", "minimum": -(2**63 - 1), "maximum": 2**63 - 1},
    Kind.NUMBER: {"type": "number"},
    Kind.FLAG: {"type": "boolean"},
}
_SUFFIXES = {
    "_id": "Opaque id.",
    "_s": "Duration in seconds.",
    "_count": "Count.",
    "_hour": "Hour 0-23 on the player's own clock.",
    "_year": "Calendar year.",
    "_seq": "Sequence number of the feed.",
}


def event_schema(fact: type[Fact]) -> Schema:
    """Return the schema of a whole event of this type, envelope and data."""
    blank_free = {"type": "string", "pattern": r"\S"}
    return {
        "$schema": DIALECT,
        "$id": f"urn:evenhand:{event_type(fact)}",
        "title": fact.__name__,
        "description": inspect.getdoc(fact) or "",
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid", "description": "Dedupe key."},
            "source": blank_free | {"description": "operator/brand/system."},
            "type": {"const": event_type(fact)},
            "subject": blank_free | {"description": "Player id (table id for live facts)."},
            "time": _INSTANT | {"description": "When it happened."},
            "recordedtime": _INSTANT | {"description": "When it became known."},
            "datacontenttype": {"const": "application/json"},
            "data": data_schema(fact),
        },
        "required": ["specversion", "id", "source", "type", "subject", "time", "recordedtime",
                     "data"],
        "additionalProperties": True,
    }  # fmt: skip


def data_schema(fact: type[Fact]) -> Schema:
    """Return the schema of the data of a fact."""
    fields = wire_fields(fact)
    return {
        "type": "object",
        "properties": {field.wire: _field_schema(field) for field in fields},
        "required": [field.wire for field in fields if field.required],
        "additionalProperties": True,
    }


def _field_schema(field: WireField) -> Schema:
    schema = dict(_KINDS[field.kind])
    if field.kind is Kind.CHOICE:
        schema["enum"] = [*field.choices, *([None] if field.nullable else [])]
    if field.nullable:
        schema["type"] = [schema["type"], "null"]
    schema.setdefault("description", _described(field))
    return schema


def _described(field: WireField) -> str:
    for suffix, words in _SUFFIXES.items():
        if field.name.endswith(suffix):
            return words
    return field.name.replace("_", " ").capitalize() + "."
