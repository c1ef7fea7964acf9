"""The published schemas on disk and what has changed since. Way: schema -> here -> `schemas/`.

The folder is the published contract. Writing refuses what would break it; a type that got a new
version keeps its old file as history, a type that vanished without one is refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import EventError
from core.events.compatibility import breaking_changes
from core.events.registry import facts_by_type
from core.events.schema import Schema, event_schema

FOLDER = Path(__file__).parent / "schemas"
_VERSIONED = re.compile(r"(?P<name>.+)\.v(?P<version>\d+)")


@dataclass(frozen=True, slots=True)
class SchemaDiff:
    """What differs between the declared types and the published files, by type."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    breaking: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the files say what the declarations say."""
        return not (self.new or self.changed or self.breaking)


def current_schemas() -> dict[str, Schema]:
    """Return the schema of every declared type."""
    return {name: event_schema(fact) for name, fact in sorted(facts_by_type().items())}


def published_schemas(folder: Path = FOLDER) -> dict[str, Schema]:
    """Return the schemas on disk."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def schema_diff(published: dict[str, Schema], current: dict[str, Schema]) -> SchemaDiff:
    """Compare what is declared with what was published."""
    changed = [name for name in current if name in published and current[name] != published[name]]
    breaking = [
        f"{name}: {change}"
        for name in changed
        for change in breaking_changes(published[name], current[name])
    ]
    breaking += [
        f"{name}: vanished"
        for name in published
        if name not in current and not _is_succeeded(name, current)
    ]
    new = [name for name in current if name not in published]
    return SchemaDiff(tuple(new), tuple(changed), tuple(breaking))


def write_schemas(folder: Path = FOLDER) -> SchemaDiff:
    """Write the declared schemas, unless that would break what was published.

    Raises:
        EventError: a change needs a new version of its type; nothing is written.
    """
    current = current_schemas()
    diff = schema_diff(published_schemas(folder), current)
    if diff.breaking:
        raise EventError(
            "; ".join(diff.breaking),
            expected="a published type to grow only",
            hint="raise `version` on the fact; the old schema stays beside the new one as history",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*diff.new, *diff.changed):
        text = json.dumps(current[name], indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n")
    return diff


def _is_succeeded(name: str, current: dict[str, Schema]) -> bool:
    """Whether a later version of a vanished type is declared."""
    match = _VERSIONED.fullmatch(name)
    if match is None:
        return False
    later = (_VERSIONED.fullmatch(other) for other in current)
    return any(
        other["name"] == match["name"] and int(other["version"]) > int(match["version"])
        for other in later
        if other is not None
    )
