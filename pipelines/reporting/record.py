"""What a record of the common export is. Way: known facts -> here -> lines of a file.

A kind declares the struct of its body and the SELECT that gives, for a period, `key` (what the
record is of, without a player's id), `day` (the local day it is told on) and `body` (JSON text).
Amounts are integers of the currency's minor unit; instants are UTC microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Literal, TypeVar

import msgspec

from core.discover import declarations
from pipelines.reporting.known import Known

SCHEMA_VERSION = 1
Body = TypeVar("Body")
ActionOf = Literal["new", "replacement", "cancellation"]


class Line(
    msgspec.Struct, Generic[Body], frozen=True, kw_only=True, forbid_unknown_fields=True
):  # fmt: skip
    """One line: which record of which kind and day, which it replaces, and what it says.

    A cancellation has no body. `batch` counts the exports into the folder.
    """

    kind: str
    schema_version: int
    batch: int
    record_id: str
    replaces_record_id: str | None
    action: ActionOf
    pack: str
    day: str
    key: str
    body: Body | None


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record; `if_none` says why there may be none."""

    name: str
    body: type[msgspec.Struct]
    select: Callable[[Known], str]
    if_none: str = "no fact tells of any in the period"


@cache
def kinds() -> dict[str, RecordKind]:
    """Return every kind by its name."""
    from pipelines.reporting import kinds as folder

    return {one.name: one for one in declarations(folder, RecordKind)}


def schema_of(kind: RecordKind) -> dict[str, Any]:
    """Return the JSON Schema of a kind's lines."""
    return msgspec.json.schema(Line[kind.body])  # type: ignore[name-defined]


def json_sql(**fields: str) -> str:
    """Return the SQL of a JSON object of SQL values, as text."""
    listed = ", ".join(f"'{name}': {sql}" for name, sql in fields.items())
    return f"to_json({{{listed}}})::VARCHAR"
