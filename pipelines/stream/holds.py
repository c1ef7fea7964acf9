"""Facts that hold players, or lift holds, on their way to the store. Way: intake -> here -> flush.

They are taken from every message that can be read, before duplicates and late facts are told apart:
telling a hold twice changes nothing, losing one does harm. They are rare, so each is read by the
codec itself. A message whose known time lies in the future is no fact for a feature, and yet a hold
in it counts; a lift in it does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import msgspec
import numpy as np

from core.errors import EventError
from core.events.codec import decode
from core.events.envelope import Event
from core.events.families.player import PlayerExclusionEnded, PlayerReleased, PlayerUnblocked
from core.events.registry import event_type, fact_name
from core.rg_state import RgFact, RgState, reduce_state
from features.holds import HoldRow, Parts, latest, rows_of
from features.state.layout import UNREAD, StateLayout
from features.state_store import StateStore
from pipelines.rg_state import HOLDING
from pipelines.stream.decoding_batch import Decoded

_LIFTING = (PlayerExclusionEnded, PlayerReleased, PlayerUnblocked)


class _Typed(msgspec.Struct):
    """A line of which only the type is looked at."""

    type: str = ""


_FAMILY = b".player."
_TYPED = msgspec.json.Decoder(_Typed)


@cache
def _types() -> frozenset[str]:
    return frozenset(event_type(fact) for fact in HOLDING)


@cache
def _numbers(layout: StateLayout) -> tuple[int, ...]:
    """Return what a layout calls the facts that hold or lift."""
    return tuple(sorted({layout.number_of(fact_name(fact)) for fact in HOLDING}))


@dataclass(frozen=True, slots=True)
class HoldFinder:
    """Finds holds in decoded batches of one layout."""

    layout: StateLayout
    base_currency: str

    def find(self, decoded: Decoded, values: Sequence[bytes]) -> list[HoldRow]:
        """Return what the messages say of holds; `values` are those `decoded` was made of."""
        rows = np.flatnonzero(np.isin(decoded.facts.fact, _numbers(self.layout)))
        unread = decoded.facts.fact[rows] == UNREAD
        found: list[HoldRow] = []
        for place, is_unread in zip(decoded.index[rows].tolist(), unread.tolist(), strict=True):
            if not is_unread or _may_hold(values[place]):
                found.extend(self._holds(values[place], is_refused=False))
        for poison in decoded.poison:
            if _may_hold(values[poison.index]):
                found.extend(self._holds(values[poison.index], is_refused=True))
        return found

    def _holds(self, value: bytes, *, is_refused: bool) -> Iterator[HoldRow]:
        try:
            event = decode(value, base_currency=self.base_currency)
        except EventError:
            return
        if isinstance(event, Event) and not (is_refused and isinstance(event.fact, _LIFTING)):
            yield from holds_of_event(event)


def holds_of_event(event: Event) -> Iterator[HoldRow]:
    """Yield what one event says of holds; nothing occurs after it is known."""
    at = min(event.time, event.recorded)
    yield from rows_of(event.subject, reduce_state(RgState(), RgFact(at, event.fact)))


def _may_hold(value: bytes) -> bool:
    """Look at the type alone; without an escape in the line it stands there as it is."""
    if _FAMILY not in value and b"\\" not in value:
        return False
    try:
        return _TYPED.decode(value).type in _types()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


@dataclass(slots=True)
class PendingHolds:
    """What the store has not been told."""

    _waiting: dict[tuple[str, str], Parts] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, holds: Sequence[HoldRow]) -> None:
        """Take holds; the latest instant of each part counts."""
        for player, kind, parts in holds:
            held = self._waiting.get((player, kind), (None, None, None))
            self._waiting[player, kind] = latest(held, parts)

    def flush(self, store: StateStore, generation: str) -> None:
        """Tell the store; after a failure all are still waiting.

        Raises:
            StateStoreError: it cannot be written now.
        """
        if self._waiting:
            store.add_holds(
                generation,
                [(player, kind, parts) for (player, kind), parts in self._waiting.items()],
            )
            self._waiting.clear()
