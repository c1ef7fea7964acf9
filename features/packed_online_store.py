"""What our Feast online stores share: two ways to an answer. Way: features.store -> here -> Feast.

    live     while a generation of players' states of these views answers: windows combined at the
             instant of the question (features.live_states)
    vectors  otherwise: one packed vector per player and view, as materialized or pushed

Vectors differ from those of Feast's own stores in meaning:

    ttl      enforced when read, against the newest instant written (`serving_at`): a view that was
             not refreshed answers nothing instead of an old value. Feast never enforces it.
    order    a write older than what is there is ignored, so a replay cannot undo.
    layout   a vector written before the view's features changed answers nothing.

Subclasses say where vectors and states lie.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from feast import Entity, FeatureView
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from feast.repo_config import RepoConfig
from feast.utils import make_tzaware

from core.clock import Clock, SystemClock
from core.errors import DeclarationError
from features.live_states import LivePlan, LiveRows, LiveStates, LogClock
from features.packed import Layout
from features.registry import all_views
from features.state_store import StateStore

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Row = tuple[str, int, bytes]  # player, event time in microseconds, vector
Found = tuple[datetime | None, dict[str, Value] | None]
Vector = tuple[str, str, int, str, bytes]  # player, view, event time, layout mark, vector
Asked = tuple[tuple[str, tuple[str, ...], timedelta | None], ...]  # view, features, ttl


@dataclass(frozen=True, slots=True)
class _Look:
    """One live read of several views, kept for as long as Feast asks view by view."""

    rows: LiveRows | None
    row_of: Mapping[str, int]  # by player
    column_of: Mapping[str, int]  # by feature

    def found(self, rows: LiveRows, player: str, names: Sequence[str]) -> Found:
        """Return one player's features of one view; nothing for an unknown player."""
        row = self.row_of[player]
        if not rows.found[row]:
            return None, None
        at = [self.column_of[name] for name in names]
        columns = zip(names, *(part.tolist() for part in (
            rows.values.whole[at], rows.values.is_null[row, at],
            rows.values.integers[row, at], rows.values.doubles[row, at],
        )), strict=True)  # fmt: skip
        return _EPOCH + int(rows.t_us[row]) * _MICROSECOND, {
            name: Value() if null else Value(int64_val=i) if whole else Value(double_val=d)
            for name, whole, null, i, d in columns
        }


class PackedOnlineStore(OnlineStore):
    """States and vectors behind Feast's interface; safe to share between threads.

    `clock` is the `now` of live answers; None = as configured, the machine's or the log's.
    """

    def __init__(self) -> None:
        self.clock: Clock | None = None
        self._look = threading.local()
        self._plans: dict[Asked, LivePlan] = {}
        self._live: LiveStates | None = None

    @abstractmethod
    def write_vectors(
        self, config: RepoConfig, view: str, layout: Layout, rows: Sequence[Row]
    ) -> None:
        """Write packed vectors; older ones than those there are ignored."""

    @abstractmethod
    def read_vectors(
        self, config: RepoConfig, players: Sequence[str], views: Sequence[str]
    ) -> Iterable[Vector]:
        """Yield what is there, in no order."""

    @abstractmethod
    def serving_at(self, config: RepoConfig) -> int | None:
        """Return the newest instant written, in microseconds: what `now` means to a vector."""

    @abstractmethod
    def forget(self, config: RepoConfig, views: Sequence[str]) -> None:
        """Delete the vectors of views."""

    @abstractmethod
    def states(self, config: RepoConfig) -> StateStore | None:
        """Return the store of players' states; None while there is none."""

    def live(self, config: RepoConfig) -> LiveStates | None:
        """Return the reader of states; None while there is no store of them."""
        if self._live is None:
            states = self.states(config)
            if states is None:
                return None
            usual = LogClock(states) if config.online_store.clock == "log" else SystemClock()
            self._live = LiveStates(states, all_views(), self.clock or usual)
        return self._live

    def online_write_batch(
        self,
        config: RepoConfig,
        table: FeatureView,
        data: list[tuple[EntityKey, dict[str, Value], datetime, datetime | None]],
        progress: Callable[[int], Any] | None,
    ) -> None:
        """Write what `feast materialize` and `push` hand over."""
        layout = Layout.of(table)
        rows = [
            (_player(key), (make_tzaware(event) - _EPOCH) // _MICROSECOND, layout.pack(values))
            for key, values, event, _ in data
        ]
        self.write_vectors(config, table.name, layout, rows)
        if progress is not None:
            progress(len(rows))

    def online_read(
        self,
        config: RepoConfig,
        table: FeatureView,
        entity_keys: list[EntityKey],
        requested_features: list[str] | None = None,
    ) -> list[Found]:
        """Answer `get_online_features`; nothing for an unknown player or a value past its ttl."""
        players = [_player(key) for key in entity_keys]
        names = requested_features or [field.name for field in table.features]
        with self._one_look(config, [(table, names)], players) as look:
            if look.rows is not None:
                return [look.found(look.rows, player, names) for player in players]
        layout = Layout.of(table)
        oldest = oldest_served(self.serving_at(config), table.ttl)
        fresh = {
            player: (event, vector)
            for player, _, event, mark, vector in self.read_vectors(config, players, [table.name])
            if event >= oldest and mark == layout.mark
        }
        return [_found(fresh.get(player), layout, names) for player in players]

    def _read_features_per_fv(
        self, config: RepoConfig, grouped_refs: list[Any], join_key_values: dict[str, Any],
        *rest: Any,
    ) -> None:  # fmt: skip
        """Feast asks view by view; what it will ask of states is read before, at one instant."""
        players = list(dict.fromkeys(v.string_val for v in join_key_values.get("player_id", ())))
        with self._one_look(config, grouped_refs, players):
            super()._read_features_per_fv(config, grouped_refs, join_key_values, *rest)

    def update(  # noqa: PLR0913, PLR0917 - Feast's signature
        self,
        config: RepoConfig,
        tables_to_delete: Sequence[FeatureView],
        tables_to_keep: Sequence[FeatureView],  # noqa: ARG002
        entities_to_delete: Sequence[Entity],  # noqa: ARG002
        entities_to_keep: Sequence[Entity],  # noqa: ARG002
        partial: bool,  # noqa: ARG002, FBT001
    ) -> None:
        """Forget the vectors of deleted views; new ones need no preparation."""
        self.forget(config, [table.name for table in tables_to_delete])

    @contextmanager
    def _one_look(
        self, config: RepoConfig, asked: Sequence[tuple[FeatureView, Sequence[str]]],
        players: Sequence[str],
    ) -> Iterator[_Look]:  # fmt: skip
        """Read states once for all that is asked inside; a look within a look is the outer one."""
        held: _Look | None = getattr(self._look, "held", None)
        if held is not None:
            yield held
            return
        self._look.held = self._looked(config, asked, players)
        try:
            yield self._look.held
        finally:
            self._look.held = None

    def _looked(
        self, config: RepoConfig, asked: Sequence[tuple[FeatureView, Sequence[str]]],
        players: Sequence[str],
    ) -> _Look:  # fmt: skip
        live = self.live(config)
        if live is None or not live.is_live():
            return _Look(None, {}, {})
        key: Asked = tuple((table.name, tuple(names), table.ttl) for table, names in asked)
        if key not in self._plans:
            wanted = {view: names for view, names, _ in key}
            self._plans[key] = live.plan(wanted, [ttl for _, _, ttl in key])
        rows = live.read(self._plans[key], players)
        return _Look(rows, _places(players), _places(self._plans[key].combiner.names))


def oldest_served(serving_at: int | None, ttl: timedelta | None) -> int:
    """Return the oldest event time that still answers; a value exactly ttl old does."""
    if serving_at is None or not ttl:
        return -(2**63)
    return serving_at - ttl // _MICROSECOND


def _places(words: Iterable[str]) -> dict[str, int]:
    return {word: place for place, word in enumerate(words)}


def _found(row: tuple[int, bytes] | None, layout: Layout, names: Sequence[str]) -> Found:
    if row is None:
        return None, None
    event, vector = row
    values = layout.unpack(vector)
    return _EPOCH + event * _MICROSECOND, {name: values[name] for name in names}


def _player(key: EntityKey) -> str:
    if list(key.join_keys) != ["player_id"]:
        raise DeclarationError(
            f"entity key {list(key.join_keys)}", expected="player_id: what is served is per player"
        )
    return str(key.entity_values[0].string_val)
