"""What one kind of Fast Track message is. Way: kinds -> here -> importer, exporter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.discover import declarations
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.fasttrack.fields import Fields


@dataclass(frozen=True, slots=True)
class Export:
    """An event on its way out, with the envelope part of the payload already written."""

    event: Event
    base_currency: str


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind: how it is read, told apart from its repetitions, and written.

    `read` returns a name instead of a fact for a variant no fact stands for (kept as unknown).
    `identity` is what makes two messages one event. `writes` are the facts `write` can take;
    `write` returns the payload beyond user_id, timestamp and origin, and `details` the
    operator-API answer that goes with it.
    """

    kind: str
    read: Callable[[Fields], Fact | str]
    identity: Callable[[Fields, Fact], tuple[str, ...]]
    writes: tuple[type[Fact], ...]
    write: Callable[[Export], dict[str, Any]]
    details: Callable[[Fact], Mapping[str, Any] | None] | None = None


@cache
def kinds() -> dict[str, MessageKind]:
    """Return every declared kind by name."""
    from core.events.fasttrack import kinds as folder

    return {found.kind: found for found in declarations(folder, MessageKind)}
