"""Whether a changed event type still fits what was published. Way: schemas/ -> here -> CI.

A type once on the wire may gain optional fields and choices; anything else needs a new version.
"""

from __future__ import annotations

from core.events.schema import Schema

_NEUTRAL = {"description", "title", "enum", "type"}


def breaking_changes(published: Schema, current: Schema) -> list[str]:
    """Name every change that breaks a reader or writer of the published schema; empty is none.

    >>> field = {"type": "object", "properties": {"level": {"type": "string"}}}
    >>> breaking_changes(field, {"type": "object", "properties": {}})
    ['level: removed']
    """
    return _object_changes(published, current, path="")


def _object_changes(published: Schema, current: Schema, path: str) -> list[str]:
    old, new = published.get("properties", {}), current.get("properties", {})
    found = [f"{path}{name}: removed" for name in old if name not in new]
    for name in old:
        if name in new:
            found += _field_changes(old[name], new[name], f"{path}{name}")
    added = set(current.get("required", [])) - set(published.get("required", []))
    return found + [f"{path}{name}: became required" for name in sorted(added)]


def _field_changes(published: Schema, current: Schema, path: str) -> list[str]:
    if published.get("type") == current.get("type") == "object":
        return _object_changes(published, current, f"{path}.")
    found = []
    if _types(published) != _types(current):
        found.append(f"{path}: type {published.get('type')} became {current.get('type')}")
    open_now = "enum" not in current
    gone = [c for c in published.get("enum", []) if not open_now and c not in current["enum"]]
    if gone:
        found.append(f"{path}: choices {gone} removed")
    if not open_now and "enum" not in published:
        found.append(f"{path}: became a closed set")
    changed = {
        key
        for key in (published.keys() | current.keys()) - _NEUTRAL
        if published.get(key) != current.get(key)
    }
    return found + [f"{path}: {key} changed" for key in sorted(changed)]


def _types(schema: Schema) -> list[str]:
    types = schema.get("type", [])
    return sorted([types] if isinstance(types, str) else types)
