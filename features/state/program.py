"""Which features to read off a state, as flat arrays. Way: layout, names -> here -> folding.

A *fold* is one measure in one window; the columns of all facts that feed it are merged into words
of an accumulator. A *cell* turns those words into a number; a feature is a cell or a formula over
up to four of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
    Window,
)  # fmt: skip
from features.spec import (
    SESSION_FOLDS,
    Feature,
    FeatureView,
    SessionFeature,
    SessionView,
    SharedIdentityView,
)
from features.state.flat import Integers, flattened
from features.state.layout import MICROS, StateLayout, column_in
from features.state.tables import FIRST, LAST, MAX, MIN, sections_of

NUMBER, OPTIONAL, POPCOUNT, PICKED, SINCE = range(5)
CELL, DIFFERENCE, RATIO, TREND, STD, GAP, SILENCE, ABSENT = range(8)
_CELLS = {"count": NUMBER, "sum": NUMBER, "sum_sq": NUMBER, "max": OPTIONAL, "min": OPTIONAL,
          "distinct": POPCOUNT, "first": PICKED, "last": PICKED, "since_first": SINCE,
          "since_last": SINCE}  # fmt: skip
_FORMULAS: dict[type[Derived], int] = {
    Difference: DIFFERENCE, Ratio: RATIO, Trend: TREND, Std: STD, Gap: GAP, Silence: SILENCE,
}  # fmt: skip


Reading = tuple[int, list[int], tuple[float, float]]  # formula, cells, window lengths


(
    P_WINDOW_LENGTH,
    P_WINDOW_HOP,
    P_INTO_FROM,
    P_INTO_WINDOW,
    P_INTO_WORD,
    P_BLANK,
    P_SESSION_GROUP,
    P_SESSION_WINDOW,
    P_SESSION_GAP,
    P_SESSION_WORD,
    P_CELL_KIND,
    P_CELL_WORD,
    P_CELL_WORDS,
    P_FORMULA,
    P_OPERAND,
) = range(0, 30, 2)


class Program(NamedTuple):
    """What the folding kernel does for a list of features.

    `flat` holds the sections P_*: windows (length in microseconds, -1 = the whole life; hop), where
    each column's values go (window, word of the accumulator), the accumulator before any row, the
    session folds, the cells, and per feature its formula and four cells (-1 = none). `lengths` are
    two window lengths per feature, in seconds.
    """

    flat: Integers
    lengths: npt.NDArray[np.float64]


class _Sections(NamedTuple):
    window_length: Integers  # -1 = the whole life
    window_hop: Integers
    into_from: Integers  # per column of the tables: where its values go
    into_window: Integers
    into_word: Integers
    blank: Integers  # the accumulator before any row
    session_group: Integers  # per session fold
    session_window: Integers
    session_gap: Integers
    session_word: Integers
    cell_kind: Integers
    cell_word: Integers
    cell_words: Integers
    formula: Integers  # per feature
    operand: Integers


@dataclass(slots=True)
class _Builder:
    layout: StateLayout
    windows: dict[Window, int] = field(default_factory=dict)
    into: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    blank: list[int] = field(default_factory=list)
    sessions: list[tuple[int, int, int, int]] = field(default_factory=list)
    session_words: dict[tuple[str, Window], int] = field(default_factory=dict)
    cells: list[tuple[int, int, int]] = field(default_factory=list)
    cell_of: dict[object, int] = field(default_factory=dict)

    def window(self, window: Window) -> int:
        return self.windows.setdefault(window, len(self.windows))

    def cell(self, view: FeatureView, measure: Measure, window: Window) -> int:
        """Return the cell of a fold, made once per set of columns and window."""
        placed = self._columns(view, measure)
        key = (measure.op, placed, window)
        if key not in self.cell_of:
            word = len(self.blank)
            lanes = measure.lanes if isinstance(measure, Distinct) else 1
            self.blank += _blank(measure) * lanes
            for column, lane in placed:
                self.into.setdefault(column, []).append((self.window(window), word + lane))
            self.cell_of[key] = len(self.cells)
            self.cells.append((_CELLS[measure.op], word, lanes))
        return self.cell_of[key]

    def session_cell(self, view: SessionView, feature: SessionFeature) -> int:
        """Return the cell of a session view's feature."""
        window, part = feature.window, SESSION_FOLDS.index(feature.fold)
        key = (view.name, window)
        if key not in self.session_words:
            self.session_words[key] = len(self.blank)
            group = [g.name for g in self.layout.groups].index(view.name)
            gap = view.gap_s * MICROS
            self.sessions.append((group, self.window(window), gap, len(self.blank)))
            self.blank += [0, 0, _IDENTITY[MAX]]
        kind = OPTIONAL if feature.fold == "s_max" else NUMBER
        self.cells.append((kind, self.session_words[key] + part, 1))
        return len(self.cells) - 1

    def _columns(self, view: FeatureView, measure: Measure) -> tuple[tuple[int, int], ...]:
        """Return (column number in the tables, lane) of all that feeds a measure."""
        starts, groups = sections_of(self.layout).column_from, self.layout.groups
        place = {group.name: number for number, group in enumerate(groups) if not group.tile_s}
        return tuple(
            (int(starts[place[fact]]) + groups[place[fact]].columns.index(column), column.lane)
            for fact in view.sources
            for column in column_in(view, measure, fact)
        )


_IDENTITY = {MIN: 2**63 - 1, FIRST: 2**63 - 1, MAX: -(2**63), LAST: -(2**63)}


def _blank(measure: Measure) -> list[int]:
    match measure.op:
        case "min" | "since_first":
            return [_IDENTITY[MIN]]
        case "max" | "since_last":
            return [_IDENTITY[MAX]]
        case "first":
            return [_IDENTITY[FIRST], 0, 0, 0]
        case "last":
            return [_IDENTITY[LAST], 0, 0, 0]
        case _:
            return [0]


@cache
def program_of(layout: StateLayout, names: tuple[str, ...]) -> Program:
    """Compile the reading of features by name; a shared identity's name gives a null.

    Raises:
        DeclarationError: no view of the layout makes a feature of this name.
    """
    made = _Builder(layout)
    features = {
        feature.name: (view, feature)
        for view in layout.views
        if not isinstance(view, SharedIdentityView)
        for feature in view.features
    }
    shared = {n for view in layout.views if isinstance(view, SharedIdentityView)
              for n in view.names}  # fmt: skip
    unknown = [name for name in names if name not in features and name not in shared]
    if unknown:
        raise DeclarationError(f"no feature named {unknown}", expected="a feature of the layout")
    rows = [
        (ABSENT, [], (0.0, 0.0)) if name in shared else _feature(made, *features[name])
        for name in names
    ]
    return _flat(made, rows)


def _feature(
    made: _Builder, view: FeatureView | SessionView, feature: Feature | SessionFeature
) -> Reading:
    if isinstance(view, SessionView) and isinstance(feature, SessionFeature):
        return CELL, [made.session_cell(view, feature)], (0.0, 0.0)
    if not isinstance(view, FeatureView) or not isinstance(feature, Feature):
        raise DeclarationError(f"view {view.name} is of an unknown kind")
    if isinstance(feature.what, Measure):
        return CELL, [made.cell(view, feature.what, feature.windows[0])], (0.0, 0.0)
    operands = [
        made.cell(view, measure, window)
        for measure in feature.what.operands
        for window in feature.windows
    ]
    lengths = [float(window.length_s or 0) for window in feature.windows]
    return _FORMULAS[type(feature.what)], operands, (lengths[0], lengths[-1])


def _flat(made: _Builder, rows: Sequence[Reading]) -> Program:
    columns = len(sections_of(made.layout).make)
    into = [made.into.get(column, []) for column in range(columns)]
    operand = np.full((len(rows), 4), -1, dtype=np.int64)
    for row, (_, cells, _) in enumerate(rows):
        operand[row, : len(cells)] = cells
    visits: Integers = np.array(made.sessions, dtype=np.int64).reshape(-1, 4)
    folds: Integers = np.array(made.cells, dtype=np.int64).reshape(-1, 3)
    lengths = [-1 if w.length_s is None else w.length_s * MICROS for w in made.windows]
    sections = _Sections(
        window_length=np.array(lengths, dtype=np.int64),
        window_hop=np.array([w.hop_s * MICROS for w in made.windows], dtype=np.int64),
        into_from=np.cumsum([0, *map(len, into)]),
        into_window=np.array([w for pairs in into for w, _ in pairs], dtype=np.int64),
        into_word=np.array([word for pairs in into for _, word in pairs], dtype=np.int64),
        blank=np.array(made.blank, dtype=np.int64),
        session_group=visits[:, 0].copy(),
        session_window=visits[:, 1].copy(),
        session_gap=visits[:, 2].copy(),
        session_word=visits[:, 3].copy(),
        cell_kind=folds[:, 0].copy(),
        cell_word=folds[:, 1].copy(),
        cell_words=folds[:, 2].copy(),
        formula=np.array([formula for formula, _, _ in rows], dtype=np.int64),
        operand=operand,
    )
    seconds = np.array([length for _, _, length in rows], dtype=np.float64).reshape(-1, 2)
    return Program(flattened(sections), seconds)
