"""How rows are written, per group and level. Way: layout, tables -> here -> packing, unpacking.

Rows of one group and level make a *run*. A run has an entry for each column that some window still
reads at that level: where in the row it stands, how it is written and what makes it needless.

Every window ends at the moment of the question. So what a newer row of the group holds already
need not stand in an older one, if folding it in twice changes nothing: bits, highest, lowest and
last values. And the first of a whole life need stand in the oldest row alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.state.flat import Integers
from features.state.layout import MICROS, Column, Group

COUNTED, SIGNED, HIGH, LOW, BITMAP, INSTANT_LOW, INSTANT_HIGH, PICK_LOW, PICK_HIGH = range(9)
_KINDS = {"count": COUNTED, "sum": SIGNED, "sum_sq": SIGNED, "max": HIGH, "min": LOW,
          "bit": BITMAP, "first_at": INSTANT_LOW, "last_at": INSTANT_HIGH, "first": PICK_LOW,
          "last": PICK_HIGH}  # fmt: skip
ALWAYS, UNLESS_NEWER, UNLESS_OLDER = range(3)
_BY_NEWER = ("bit", "max", "min", "last_at", "last")
_BY_OLDER = ("first_at", "first")
ENTRY_KIND, ENTRY_UNLESS = 16, 24
"""An entry is the column's place in the row, how it is written << 16, when it is left out << 24."""
RUN_GROUP, RUN_HOP, RUN_WIDTH, RUN_FROM, RUN_TO, RUN_BLANK, RUN_WORDS = range(7)
RUN_WIDE = 8
"""Words of a run: group, width of its tiles (0: the whole life), bytes of an instant, a range of
entries, where a row's words as they are before any fact begin, how many they are."""
_HIGHEST, _NULL = 2**63 - 1, -(2**63)


def runs_of(
    groups: Sequence[Group], last_levels: Sequence[Sequence[int]]
) -> dict[str, Integers]:  # fmt: skip
    """Return sections of the tables: `run_from` (per group), `run`, `entry` and `blank`.

    `last_levels` has, per group and column, the widest level any of its windows still reads.
    """
    entries, blank, made = list[int](), list[int](), list[int]()
    ranges = dict[tuple[int, ...], tuple[int, int]]()
    starts = [0]
    for number, (group, last) in enumerate(zip(groups, last_levels, strict=True)):
        written = _entries(group)
        for level, hop_s in enumerate((*group.hops_s, 0)):
            live = tuple(e for e, widest in zip(written, last, strict=True) if widest >= level)
            if live not in ranges:
                ranges[live] = (len(entries), len(entries) + len(live))
                entries += live
            width = ((hop_s * MICROS - 1).bit_length() + 7) // 8 if hop_s else 0
            made += [number, hop_s * MICROS, width, *ranges[live], len(blank), group.words, 0]
        starts.append(len(made) // RUN_WIDE)
        blank += [word for column in group.columns for word in _blank(column)]
    return {
        "run_from": np.array(starts, dtype=np.int64),
        "run": np.array(made, dtype=np.int64),
        "entry": np.array(entries, dtype=np.int64),
        "blank": np.array(blank, dtype=np.int64),
    }


def _entries(group: Group) -> list[int]:
    place, found = 0, []
    for column, windows in zip(group.columns, group.needs, strict=True):
        unless = ALWAYS
        if not group.tile_s and column.make in _BY_NEWER:
            unless = UNLESS_NEWER
        elif not group.tile_s and column.make in _BY_OLDER:
            of_life = all(window.length_s is None for window in windows)
            unless = UNLESS_OLDER if of_life else ALWAYS
        found.append(place | _KINDS[column.make] << ENTRY_KIND | unless << ENTRY_UNLESS)
        place += column.words
    return found


def _blank(column: Column) -> list[int]:
    if column.make in ("min", "first_at", "first"):
        first = _HIGHEST
    else:
        first = _NULL if column.make in ("max", "last_at", "last") else 0
    return [first, *([0] * (column.words - 1))]
