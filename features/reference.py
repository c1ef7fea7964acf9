"""Features recomputed the slow way, from the definition. Way: raw facts -> here -> prove, tests.

Plain Python over single facts: no SQL, no tiles, no code shared with the compiled path but the
declarations. A fact counts at t if floor((t - W) / h) * h <= occurred_at <= t and
recorded_at <= t. Slow on purpose; what it says is right.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.errors import DeclarationError
from features.measures import (
    Derived,
    Difference,
    Distinct,
    Gap,
    Measure,
    Ratio,
    Silence,
    Std,
    Trend,
    Where,
    Window,
)
from features.spec import FeatureView, SessionFeature, SessionView, SharedIdentityView, View

Value = int | float | None
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US


@dataclass(frozen=True, slots=True)
class Row:
    """One fact: its kind, id (text), both times (UTC microseconds) and its columns."""

    fact: str
    event_id: str
    occurred_us: int
    recorded_us: int
    cells: Mapping[str, object]


class RawFacts(Protocol):
    """Where single facts come from."""

    def of(self, fact: str, player_id: str) -> Iterable[Row]:
        """Return the facts of one kind of one player, in any order."""

    def keys_of(self, fact: str, column: str, player_id: str) -> Iterable[tuple[str, int]]:
        """Return (key, recorded_us) of every fact of the player with a value in the column."""

    def players_of(self, fact: str, column: str, key: str) -> Iterable[tuple[str, int]]:
        """Return (player, recorded_us) of every fact with this key in the column."""


def recompute(view: View, raw: RawFacts, player_id: str, as_of_us: int) -> dict[str, Value]:
    """Return every feature of a view for one player at one instant."""
    if isinstance(view, SharedIdentityView):
        return _shared(view, raw, player_id, as_of_us)
    past = _past(view, raw, player_id, as_of_us)
    if isinstance(view, SessionView):
        return {
            f.name: _session_fold(f, past.sessions(f.window, view.gap_s)) for f in view.features
        }
    return {
        feature.name: past.fold(feature.what, feature.windows[0])
        if isinstance(feature.what, Measure)
        else _derive(feature.what, past, feature.windows)
        for feature in view.features
    }


def _past(view: FeatureView | SessionView, raw: RawFacts, player_id: str, t: int) -> _Past:
    """Distinct facts of the view's sources that pass its own conditions, in order of time."""
    by_id = {row.event_id: row for name in view.sources for row in raw.of(name, player_id)}
    rows = [row for row in by_id.values() if _holds(view.where, row)]
    return _Past(sorted(rows, key=lambda row: (row.occurred_us, row.event_id)), t)


@dataclass(frozen=True, slots=True)
class _Past:
    """What a player did, and the instant it is asked about."""

    rows: Sequence[Row]
    t: int
    _kept: dict[tuple[object, ...], list[Row]] = field(default_factory=dict)

    def fold(self, measure: Measure, window: Window) -> Value:
        """Fold the facts of one window, one after the other."""
        kept = self._matching(measure, window)
        if measure.op == "count":
            return len(kept)
        if measure.op in ("since_first", "since_last"):
            return self._since(measure, kept)
        if isinstance(measure, Distinct):
            return len({_bucket(measure, _cell(row, measure.column)) for row in kept})
        return _number(measure, [int(str(_cell(row, measure.column))) for row in kept])

    def sessions(self, window: Window, gap_s: int) -> list[list[int]]:
        """Cut the instants of one window's facts wherever the next is further than the gap."""
        found: list[list[int]] = []
        for row in self._seen(window):
            if found and row.occurred_us - found[-1][-1] <= gap_s * SECOND_US:
                found[-1].append(row.occurred_us)
            else:
                found.append([row.occurred_us])
        return found

    def _matching(self, measure: Measure, window: Window) -> list[Row]:
        key = (window, measure.where, measure.column)
        if key not in self._kept:
            seen = self._seen(window)
            kept = [row for row in seen if _holds(measure.where, row)]
            if measure.column:
                kept = [row for row in kept if _cell(row, measure.column) is not None]
            self._kept[key] = kept
        return self._kept[key]

    def _seen(self, window: Window) -> list[Row]:
        if (window,) not in self._kept:
            self._kept[window,] = [row for row in self.rows if _counts(row, window, self.t)]
        return self._kept[window,]

    def _since(self, measure: Measure, kept: list[Row]) -> Value:
        if not kept:
            return None
        row = kept[0] if measure.op == "since_first" else kept[-1]
        return (self.t - row.occurred_us) // SECOND_US


def _session_fold(feature: SessionFeature, sessions: list[list[int]]) -> Value:
    seconds = [(session[-1] - session[0]) // SECOND_US for session in sessions]
    match feature.fold:
        case "count":
            return len(seconds)
        case "s_sum":
            return sum(seconds)
        case "s_max":
            return max(seconds, default=None)


def _counts(row: Row, window: Window, t: int) -> bool:
    """The definition."""
    if row.recorded_us > t or row.occurred_us > t:
        return False
    if window.length_s is None:
        return True
    hop = window.hop_s * SECOND_US
    return (t - window.length_s * SECOND_US) // hop * hop <= row.occurred_us


def _holds(where: tuple[Where, ...], row: Row) -> bool:
    return all(_cell(row, w.column) in w.values for w in where)


def _cell(row: Row, column: str) -> object:
    match column:
        case "fact":
            return row.fact
        case "utc_day":
            return row.occurred_us // DAY_US
        case "utc_weekday":  # 1970-01-01 was a Thursday; Monday is 0
            return (row.occurred_us // DAY_US + 3) % 7
        case "utc_hour":
            return row.occurred_us % DAY_US // (DAY_US // 24)
    return row.cells.get(column)


def _number(measure: Measure, values: list[int]) -> Value:
    match measure.op:
        case "sum":
            return sum(values)
        case "sum_sq":
            return sum(value * value for value in values)
        case "max":
            return max(values, default=None)
        case "min":
            return min(values, default=None)
    if not values:
        return None
    return values[0] if measure.op == "first" else values[-1]


def _bucket(measure: Distinct, value: object) -> int:
    size = 63 * measure.lanes
    if isinstance(value, int):
        return value % size
    return int(hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest()[:4], 16) % size


def _derive(derived: Derived, past: _Past, windows: tuple[Window, ...]) -> Value:
    folds = [past.fold(measure, window) for measure in derived.operands for window in windows]
    numbers = [fold for fold in folds if fold is not None]
    if len(numbers) < len(folds):
        return None
    match derived:
        case Difference():
            return numbers[0] - numbers[1]
        case Ratio():
            return _ratio(*numbers)
        case Trend():
            return _trend(numbers, windows)
        case Std():
            return _std(*numbers)
    return _rhythm(derived, *numbers)


def _ratio(over: float, under: float, less: float = 0) -> Value:
    return float(over - less) / float(under) if under != 0 else None


def _trend(numbers: list[int | float], windows: tuple[Window, ...]) -> Value:
    short, long = (float(window.length_s or 0) for window in windows)
    if numbers[1] == 0:
        return None
    return (float(numbers[0]) / short) / (float(numbers[1]) / long)


def _std(n: float, total: float, squares: float) -> Value:
    if n == 0:
        return None
    mean = float(total) / float(n)
    variance = float(squares) / float(n) - mean * mean
    return math.sqrt(variance) if variance > 0 else 0.0


def _rhythm(derived: Derived, n: float, first: float, last: float) -> Value:
    if isinstance(derived, Gap):
        return float(first - last) / float(n - 1) if n >= 2 else None
    if isinstance(derived, Silence):
        defined = n >= 2 and first > last
        return float(last) * float(n - 1) / float(first - last) if defined else None
    raise DeclarationError(f"derived feature {derived.label} is of an unknown kind")


def _shared(view: SharedIdentityView, raw: RawFacts, player_id: str, t: int) -> dict[str, Value]:
    """Count, per key of the player known by t, the players known by t to use it."""
    own = {
        key
        for fact, column in view.links
        for key, recorded in raw.keys_of(fact, column, player_id)
        if recorded <= t
    }
    others = [len(_players_on(view, raw, key, t)) - 1 for key in own]
    return dict(zip(view.names, (len(own), max(others, default=None)), strict=True))


def _players_on(view: SharedIdentityView, raw: RawFacts, key: str, t: int) -> set[str]:
    return {
        player
        for fact, column in view.links
        for player, recorded in raw.players_of(fact, column, key)
        if recorded <= t
    }
