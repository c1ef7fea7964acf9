"""Feature views as point-in-time SQL. Way: features/views -> here -> frame, plan.

Exact for late facts, and linear. For a hop h a fact is *prompt* if it was recorded in the tile
floor(x / h) it occurred in. Then every fact an as-of t may see is in exactly one of

    pieces   closed tiles of prompt facts, merged per player and tile, seen from the tile's end;
             and every late fact by itself, seen from `recorded_at`
    head     prompt facts of the tile t lies in, recorded by t

and the window is `tile >= floor(t / h) - W / h and seen <= t` over pieces, plus head. Where a hop
is longer than a day, the head is split the same way once more, into pieces a day wide (`recent`)
and the day t lies in: else a busy player's month is read anew for every as-of. Pieces meet
as-ofs on the player and a coarse bucket as wide as the window (each as-of touches two), so no join
runs over a player's whole history. Facts older than the earliest as-of can reach are dropped
first: a snapshot of today folds ninety days, not years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from features.columns import column_types
from features.fact_rows import MICROS, rows_of
from features.fold_sql import State, condition, derived_value, states_of, value_of
from features.measures import Measure, Window
from features.spec import Feature, FeatureView

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Step:
    """One table of the plan: its name and the SELECT that makes it."""

    table: str
    select: str


@dataclass(frozen=True)
class Plan:
    """The steps of one view; tables begin with `pit_<view>`."""

    view: FeatureView

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Facts, then pieces and fold of each window, then the features."""
        folds = [step for window in self.windows for step in self._window(window)]
        return (self._facts(), *folds, self._features())

    @property
    def result(self) -> str:
        """Name of the table of features: `row`, then one column per feature."""
        return f"{self._prefix}_features"

    @property
    def _prefix(self) -> str:
        return f"pit_{self.view.name}"

    @cached_property
    def types(self) -> dict[str, str]:
        """SQL types of the columns of the view's facts."""
        return column_types(self.view)

    @cached_property
    def _folds(self) -> dict[Window, list[Measure]]:
        found: dict[Window, list[Measure]] = {}
        for feature in self.view.features:
            for measure in operands(feature):
                for window in feature.windows:
                    found.setdefault(window, []).append(measure)
        return found

    @property
    def windows(self) -> list[Window]:
        """Every window a feature looks through, the longest last."""
        return sorted(self._folds, key=lambda w: (w.length_s is None, w.length_s or 0))

    @cached_property
    def columns(self) -> dict[State, str]:
        """Names of the state columns of the facts, which are the first step."""
        every = [s for ms in self._folds.values() for m in ms for s in states_of(m, self.types)]
        return {state: f"c{place}" for place, state in enumerate(dict.fromkeys(every))}

    def states(self, window: Window) -> dict[State, str]:
        """Return the state columns a window is asked for, with their names."""
        used = {s for m in self._folds[window] for s in states_of(m, self.types)}
        return {state: name for state, name in self.columns.items() if state in used}

    def _facts(self) -> Step:
        made = ",\n  ".join(f"{s.of_fact} AS {name}" for s, name in self.columns.items())
        where = " AND ".join([*(condition(w) for w in self.view.where), _reached(self.windows[-1])])
        select = (
            f"SELECT p, o, r,\n  {made}\nFROM (\n  {self._rows()}\n) AS f\n"
            f"JOIN pit_players USING (player_id)\nWHERE {where}"
        )
        return Step(f"{self._prefix}_facts", select)

    def _rows(self) -> str:
        measures = [m for ms in self._folds.values() for m in ms]
        wheres = [w for m in measures for w in m.where] + list(self.view.where)
        used = {m.column for m in measures if m.column} | {w.column for w in wheres}
        ordered = any(m.op in ("first", "last") for m in measures)
        return rows_of(self.view, used, with_id=ordered)

    def _window(self, window: Window) -> Iterator[Step]:
        yield self._pieces(window)
        if _grain(window) < window.hop_s:
            yield self._recent(window)
        yield self._fold(window)

    def _pieces(self, window: Window) -> Step:
        bucket = f"tile // {_tiles(window)}" if window.length_s else "0"
        rows = self._merged_by(window, window.hop_s, _reached(window))
        select = f"SELECT *, {bucket} AS bucket FROM (\n{rows}\n) AS piece"
        return Step(f"{self._prefix}_{window.name}_pieces", select)

    def _recent(self, window: Window) -> Step:
        hop = window.hop_s * MICROS
        rows = self._merged_by(window, _grain(window), f"o // {hop} = r // {hop}")
        return Step(f"{self._prefix}_{window.name}_recent", rows)

    def _merged_by(self, window: Window, grain_s: int, keep: str) -> str:
        """Merge the facts that are prompt for a grain; `tile` is the hop's they lie in."""
        hop, grain, states = window.hop_s * MICROS, grain_s * MICROS, self.states(window)
        merged = ", ".join(f"{state.merged(name)} AS {name}" for state, name in states.items())
        facts = f"{self._prefix}_facts"
        return (
            f"  SELECT p, o // {hop} AS tile, (o // {grain} + 1) * {grain} AS seen, {merged}\n"
            f"  FROM {facts} WHERE o // {grain} = r // {grain} AND {keep}\n"
            f"  GROUP BY p, o // {hop}, o // {grain}\n"
            f"  UNION ALL\n"
            f"  SELECT p, o // {hop}, r, {', '.join(states.values())}\n"
            f"  FROM {facts} WHERE o // {grain} <> r // {grain} AND {keep}"
        )

    def _fold(self, window: Window) -> Step:
        hop, grain = window.hop_s * MICROS, _grain(window) * MICROS
        states = self.states(window)
        merged = ", ".join(f"{state.merged(name)} AS {name}" for state, name in states.items())
        columns = ", ".join(states.values())
        parts = [self._window_join(window)]
        if grain < hop:
            parts.append(
                f"FROM pit_spine AS s JOIN {self._prefix}_{window.name}_recent AS k\n"
                f"    ON k.p = s.p AND k.tile = s.t // {hop} AND k.seen <= s.t"
            )
        parts.append(
            f"FROM pit_spine AS s JOIN {self._prefix}_facts AS f\n"
            f"    ON f.p = s.p AND f.o // {grain} = s.t // {grain}\n"
            f"    AND f.r // {grain} = f.o // {grain} AND f.r <= s.t"
        )
        union = "\n  UNION ALL\n".join(f"  SELECT row, {columns}\n  {part}" for part in parts)
        select = f"SELECT row, {merged} FROM (\n{union}\n) AS part GROUP BY row"
        return Step(f"{self._prefix}_{window.name}_fold", select)

    def _window_join(self, window: Window) -> str:
        pieces = f"{self._prefix}_{window.name}_pieces"
        if window.length_s is None:
            return f"FROM pit_spine AS s JOIN {pieces} AS k ON k.p = s.p AND k.seen <= s.t"
        hop, tiles = window.hop_s * MICROS, _tiles(window)
        return (
            f"FROM (SELECT row, p, t, t // {hop} - {tiles} AS tail,\n"
            f"    t // {hop} // {tiles} - back AS bucket\n"
            f"    FROM pit_spine CROSS JOIN (VALUES (0), (1)) AS two(back)) AS s\n"
            f"  JOIN {pieces} AS k ON k.p = s.p AND k.bucket = s.bucket\n"
            f"    AND k.tile >= s.tail AND k.seen <= s.t"
        )

    def _features(self) -> Step:
        joins = "".join(
            f"\nLEFT JOIN {self._prefix}_{w.name}_fold AS w_{w.name} ON w_{w.name}.row = s.row"
            for w in self.windows
        )
        values = [f"{value_sql(f, self._measured)} AS {f.name}" for f in self.view.features]
        columns = ",\n  ".join(values)
        return Step(self.result, f"SELECT s.row,\n  {columns}\nFROM pit_spine AS s{joins}")

    def _measured(self, measure: Measure, window: Window) -> str:
        states = states_of(measure, self.types)
        return value_of(measure, tuple(f"w_{window.name}.{self.columns[s]}" for s in states))


def operands(feature: Feature) -> tuple[Measure, ...]:
    """Return the folds a feature is made of."""
    return (feature.what,) if isinstance(feature.what, Measure) else feature.what.operands


def value_sql(feature: Feature, measured: Callable[[Measure, Window], str]) -> str:
    """Return a feature's value from the values of its folds, which `measured` gives as SQL."""
    if isinstance(feature.what, Measure):
        return measured(feature.what, feature.windows[0])
    parts = [measured(m, window) for m in feature.what.operands for window in feature.windows]
    return derived_value(feature.what, parts, feature.windows)


def _reached(window: Window) -> str:
    """Return the condition that some as-of's window may reach a fact; one hop more than needed."""
    if window.length_s is None:
        return "TRUE"
    reach = (window.length_s + window.hop_s) * MICROS
    return f"o >= (SELECT MIN(t) FROM pit_spine) - {reach}"


def _grain(window: Window) -> int:
    """Return the width of the last tile before t that is read fact by fact, in seconds."""
    return DAY_S if window.hop_s % DAY_S == 0 else window.hop_s


def _tiles(window: Window) -> int:
    return (window.length_s or 0) // window.hop_s
