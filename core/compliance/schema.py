"""The JSON Schema of a pack's file, for editors. Way: Pack, checks -> here -> an editor.

What `with` may hold depends on `check`, so every check adds its own parameters as a condition.
"""

from __future__ import annotations

from typing import Any

import msgspec

from core.compliance.judge import known_checks
from core.compliance.pack import Pack

_REFS = "#/$defs/{name}"
_OWNERS_ONLY = "overlay"
"""A field of the packs in use that no pack's file has."""


def pack_schema() -> dict[str, Any]:
    """Return the schema: packs as files have them, conditions by check."""
    checks = known_checks()
    types: list[Any] = [Pack, *(check.parameters for check in checks.values())]
    schemas, parts = msgspec.json.schema_components(types, ref_template=_REFS)
    parts["Pack"]["properties"].pop(_OWNERS_ONLY)
    rule = parts["PackRule"]
    rule["properties"]["check"] = {"enum": ["", *checks], "default": ""}
    rule["allOf"] = [
        _condition(name, takes) for name, takes in zip(checks, schemas[1:], strict=True)
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Pack of a jurisdiction",
        **schemas[0],
        "$defs": parts,
    }


def _condition(check: str, parameters: dict[str, Any]) -> dict[str, Any]:
    chosen = {"properties": {"check": {"const": check}}, "required": ["check"]}
    return {"if": chosen, "then": {"properties": {"with": parameters}}}
