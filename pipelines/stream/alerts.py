"""Triggers asked after every batch, alerts kept once. Way: hooks -> here -> `<home>/alerts.jsonl`.

A player is read at the instant his newest fact became known, not at the worker's clock: so what is
said depends on the log alone, and the same facts replayed say the same. A batch cut in other places
by a restart may meet the bound at another fact; therefore an alert is not said again of facts up to
the one it was said of, nor within the trigger's `again_s`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from core.discover import declarations
from core.errors import DeclarationError, SourceError
from pipelines.stream import triggers as folder
from pipelines.stream.durable_lines import append_lines, whole_lines
from pipelines.stream.hooks import Alert, Moment, Trigger


def declared_triggers(feature_names: Sequence[str]) -> tuple[Trigger, ...]:
    """Return the triggers of the folder.

    Raises:
        DeclarationError: one reads no feature of the states, or two share a name.
    """
    found = tuple(declarations(folder, Trigger))
    strange = [one.name for one in found if one.feature not in feature_names]
    names = [one.name for one in found]
    if strange or len(set(names)) < len(names):
        raise DeclarationError(
            f"triggers {strange or names}",
            expected="features of the live states (`evenhand features list`), each name once",
        )
    return found


@dataclass(slots=True)
class TriggerHook:
    """Asks declared triggers of the players a batch touched whom they could concern.

    Only facts of the kinds the trigger's view reads can raise its feature, so players touched by
    others are not read.
    """

    triggers: Sequence[Trigger]
    places: dict[str, int]  # feature name -> its column in what is read
    kinds: frozenset[int]  # numbers of the facts that can raise one of the features

    def after(self, moment: Moment) -> Sequence[Alert]:
        """Return an alert for every bound reached; those said before are dropped by `AlertLog`."""
        batch = moment.batch
        rows = np.flatnonzero(np.isin(batch.fact, list(self.kinds)))
        newest = {batch.player[row]: row for row in rows.tolist()}
        if not newest:
            return ()
        players = list(newest)
        values = moment.features(players, list(self.places)).matrix()
        found: list[Alert] = []
        for trigger in self.triggers:
            column = values[:, self.places[trigger.feature]]
            for place in np.flatnonzero(column >= trigger.at_least).tolist():
                row = newest[players[place]]
                found.append(_alert(trigger, players[place], row, moment, float(column[place])))
        return found


def _alert(trigger: Trigger, player: str, row: int, moment: Moment, value: float) -> Alert:
    batch = moment.batch
    return Alert(
        rule=trigger.name,
        player_id=player,
        partition=int(batch.partition[row]),
        offset=int(batch.offset[row]),
        known_us=int(batch.recorded[row]),
        feature=trigger.feature,
        value=value,
        said=trigger.said.format(value=f"{value:,.0f}"),
    )


@dataclass(slots=True)
class AlertLog:
    """Alerts on disc. What is kept is durable before any state that knows of it is."""

    path: Path
    again_us: dict[str, int]
    _last: dict[tuple[str, str], Alert] = field(default_factory=dict)
    _waiting: list[Alert] = field(default_factory=list)

    def read(self) -> None:
        """Learn what was said, by this worker or by others; at the start and after an assignment.

        Raises:
            SourceError: a line is no alert.
        """
        decoder = msgspec.json.Decoder(Alert)
        for number, line in enumerate(whole_lines(self.path), 1):
            try:
                self._remember(decoder.decode(line))
            except msgspec.MsgspecError as error:
                raise SourceError(
                    f"{self.path}, line {number}: {error}", expected="an alert"
                ) from (error)

    def take(self, alerts: Sequence[Alert]) -> int:
        """Take what was not said before; return how many."""
        fresh = [alert for alert in alerts if self._is_new(alert)]
        for alert in fresh:
            self._remember(alert)
        self._waiting += fresh
        return len(fresh)

    def flush(self) -> None:
        """Return once all taken are on disc."""
        append_lines(self.path, [msgspec.json.encode(alert) for alert in self._waiting])
        self._waiting.clear()

    def forget(self, partitions: Iterable[int]) -> None:
        """Drop what is not on disc of partitions given up: who reads them next says it."""
        gone = set(partitions)
        self._waiting = [alert for alert in self._waiting if alert.partition not in gone]
        self._last = {k: alert for k, alert in self._last.items() if alert.partition not in gone}

    def _is_new(self, alert: Alert) -> bool:
        last = self._last.get((alert.rule, alert.player_id))
        if last is None:
            return True
        is_later = last.partition != alert.partition or last.offset < alert.offset
        return is_later and alert.known_us >= last.known_us + self.again_us.get(alert.rule, 0)

    def _remember(self, alert: Alert) -> None:
        self._last[alert.rule, alert.player_id] = alert
