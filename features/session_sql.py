"""Session views as point-in-time SQL. Way: features/views -> here -> frame, plan.

Exact for late facts, and linear. Facts of one tile of the gap's width are never further apart than
the gap, so they belong to one session, whatever else there is; and every hop is a whole number of
such tiles, so a window holds a tile or does not. What an as-of may see of a player is then

    pieces   (min o, max o) of the closed tiles' prompt facts (recorded in the tile they occurred
             in), seen from the tile's end; and every late fact by itself, seen from `recorded_at`
    head     facts of the tile the as-of lies in, recorded by then (so they are prompt)

Pieces meet as-ofs as in `features.pit`: on the player and a coarse bucket. Merged per as-of and
tile, the pieces stand in order; a new session starts where the pause since the tile before is
longer than the gap. The longest reach is joined once: a shorter window cuts the first of its
sessions at its tail, and all later ones are whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from core.errors import DeclarationError
from features.check import misfit
from features.fact_rows import MICROS, rows_of
from features.fold_sql import condition
from features.measures import Window
from features.pit import Step
from features.spec import SessionFeature, SessionView


def session_steps(view: SessionView) -> tuple[Step, ...]:
    """Return the steps of a session view; the last one holds `row` and the features.

    Raises:
        DeclarationError: a window has no end, or its hop is no multiple of the gap.
    """
    for window in view.windows:
        _refuse_unfit(view, window)
    plan = _Plan(view)
    return (plan.facts(), plan.pieces(), plan.seen(), plan.runs(), plan.lengths(), plan.features())


def _refuse_unfit(view: SessionView, window: Window) -> None:
    why = misfit(view, window)
    if why:
        raise DeclarationError(
            f"{view.name}: {why}", hint="see `evenhand features check` for all flaws"
        )


@dataclass(frozen=True)
class _Plan:
    """The steps of one view; tables begin with `pit_<view>`."""

    view: SessionView

    @property
    def _prefix(self) -> str:
        return f"pit_{self.view.name}"

    @property
    def _gap(self) -> int:
        return self.view.gap_s * MICROS

    @cached_property
    def _reach(self) -> int:
        """How far back an as-of may look, in tiles: the longest window and one of its hops."""
        reach_s = max((w.length_s or 0) + w.hop_s for w in self.view.windows)
        return reach_s // self.view.gap_s

    def facts(self) -> Step:
        """Give both instants of every fact some as-of may reach."""
        read = [where.column for where in self.view.where]
        conditions = [
            *(condition(where) for where in self.view.where),
            f"o >= (SELECT MIN(t) FROM pit_spine) - {self._reach * self._gap}",
        ]
        select = (
            f"SELECT p, o, r FROM (\n  {rows_of(self.view, read)}\n) AS f\n"
            f"JOIN pit_players USING (player_id)\nWHERE {' AND '.join(conditions)}"
        )
        return Step(f"{self._prefix}_facts", select)

    def pieces(self) -> Step:
        """Merge the prompt facts of a tile; keep late facts single."""
        gap, facts = self._gap, f"{self._prefix}_facts"
        select = (
            f"SELECT *, tile // {self._reach} AS bucket FROM (\n"
            f"  SELECT p, o // {gap} AS tile, (o // {gap} + 1) * {gap} AS seen,\n"
            f"    MIN(o) AS lo, MAX(o) AS hi\n"
            f"  FROM {facts} WHERE o // {gap} = r // {gap} GROUP BY p, o // {gap}\n"
            f"  UNION ALL\n"
            f"  SELECT p, o // {gap}, r, o, o FROM {facts} WHERE o // {gap} <> r // {gap}\n"
            f") AS piece"
        )
        return Step(f"{self._prefix}_pieces", select)

    def seen(self) -> Step:
        """Give what each as-of sees: first and last instant of every tile in its reach."""
        gap = self._gap
        select = (
            f"SELECT row, tile, MIN(lo) AS lo, MAX(hi) AS hi FROM (\n"
            f"  SELECT s.row, k.tile, k.lo, k.hi\n"
            f"  FROM (SELECT row, p, t, t // {gap} - {self._reach} AS tail,\n"
            f"    t // {gap} // {self._reach} - back AS bucket\n"
            f"    FROM pit_spine CROSS JOIN (VALUES (0), (1)) AS two(back)) AS s\n"
            f"  JOIN {self._prefix}_pieces AS k ON k.p = s.p AND k.bucket = s.bucket\n"
            f"    AND k.tile >= s.tail AND k.seen <= s.t\n"
            f"  UNION ALL\n"
            f"  SELECT s.row, f.o // {gap}, f.o, f.o\n"
            f"  FROM pit_spine AS s JOIN {self._prefix}_facts AS f\n"
            f"    ON f.p = s.p AND f.o // {gap} = s.t // {gap} AND f.r <= s.t\n"
            f") AS part GROUP BY row, tile"
        )
        return Step(f"{self._prefix}_seen", select)

    def runs(self) -> Step:
        """Number the sessions of each as-of by counting the pauses longer than the gap."""
        in_order = "OVER (PARTITION BY row ORDER BY tile"
        select = (
            f"SELECT row, tile, lo, hi,\n"
            f"  SUM(CASE WHEN pause > {self._gap} THEN 1 ELSE 0 END) {in_order}\n"
            f"    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run\n"
            f"FROM (SELECT row, tile, lo, hi, lo - LAG(hi) {in_order}) AS pause\n"
            f"  FROM {self._prefix}_seen) AS paused"
        )
        return Step(f"{self._prefix}_runs", select)

    def lengths(self) -> Step:
        """Give the whole seconds of each session in each window; null where it is outside."""
        columns = ",\n  ".join(
            f"(MAX(CASE WHEN {kept} THEN k.hi END) - MIN(CASE WHEN {kept} THEN k.lo END))"
            f" // {MICROS} AS s_{window.name}"
            for window in self.view.windows
            for kept in [f"k.tile >= {self._tail(window)}"]
        )
        select = (
            f"SELECT s.row,\n  {columns}\nFROM {self._prefix}_runs AS k\n"
            f"JOIN pit_spine AS s ON s.row = k.row GROUP BY s.row, k.run"
        )
        return Step(f"{self._prefix}_lengths", select)

    def features(self) -> Step:
        """Fold the sessions of each as-of."""
        columns = ",\n  ".join(f"{_folded(f)} AS {f.name}" for f in self.view.features)
        select = (
            f"SELECT s.row,\n  {columns}\nFROM pit_spine AS s\n"
            f"LEFT JOIN {self._prefix}_lengths AS k ON k.row = s.row GROUP BY s.row"
        )
        return Step(f"{self._prefix}_features", select)

    def _tail(self, window: Window) -> str:
        """Return the first tile a window holds."""
        hop, hops = window.hop_s * MICROS, (window.length_s or 0) // window.hop_s
        return f"(s.t // {hop} - {hops}) * {window.hop_s // self.view.gap_s}"


def _folded(feature: SessionFeature) -> str:
    seconds = f"k.s_{feature.window.name}"
    match feature.fold:
        case "count":
            return f"CAST(COUNT({seconds}) AS BIGINT)"
        case "s_sum":
            return f"CAST(COALESCE(SUM({seconds}), 0) AS BIGINT)"
        case "s_max":
            return f"CAST(MAX({seconds}) AS BIGINT)"
