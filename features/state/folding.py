"""Features off a state at an instant. Way: words of a state, program -> here -> engine, reader.

Whole numbers are folded in integers. Formulas are computed in double precision, operation by
operation as features.fold_sql writes them, so that stream and warehouse agree to the last bit; the
compiler is given no leave to reorder or fuse them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.state.borrowing import borrowed
from features.state.compiling import compiled
from features.state.flat import Integers
from features.state.inputs import NULL
from features.state.kernel import (
    GROUP,
    HIGHEST,
    LEVEL,
    NEWEST,
    ROWS,
    TILE,
    fold_in,
    identity,
    key_at,
    place_at,
    region_of,
    settle_slot,
    tail,
)
from features.state.packing import Bytes
from features.state.program import (
    ABSENT,
    CELL,
    DIFFERENCE,
    GAP,
    NUMBER,
    OPTIONAL,
    P_BLANK,
    P_CELL_KIND,
    P_CELL_WORD,
    P_CELL_WORDS,
    P_FORMULA,
    P_INTO_FROM,
    P_INTO_WINDOW,
    P_INTO_WORD,
    P_OPERAND,
    P_SESSION_GAP,
    P_SESSION_GROUP,
    P_SESSION_WINDOW,
    P_SESSION_WORD,
    P_WINDOW_HOP,
    P_WINDOW_LENGTH,
    PICKED,
    POPCOUNT,
    RATIO,
    STD,
    TREND,
)
from features.state.tables import (
    MAX,
    MIN,
    OR,
    SUM,
    T_COLUMN_FROM,
    T_HOP,
    T_LEVEL_FROM,
    T_MERGE,
    T_WORD,
)
from features.state.unpacking import room_of, unpack

Doubles = npt.NDArray[np.float64]
SECOND = 1_000_000


@compiled
def accumulate(  # noqa: PLR0913, PLR0917, C901, PLR0912 - a kernel; calls here cost more than work
    t: Integers, p: Integers, region: Integers, rows: int, tails: Integers, sums: Integers
) -> None:
    """Merge every row into the words of the folds whose windows hold it.

    Whether a window does is computed with, not branched on: the processor could not guess it.
    """
    sums[:] = p[p[P_BLANK] : p[P_BLANK] + p[P_BLANK + 1]]
    words, merges, first_of = t[T_WORD], t[T_MERGE], t[T_COLUMN_FROM]
    into_from, window, word = p[P_INTO_FROM], p[P_INTO_WINDOW], p[P_INTO_WORD]
    for row in range(rows):
        key, place = key_at(region, row), place_at(region, row)
        group, level, tile = key >> GROUP, (key >> LEVEL) & 15, key & TILE
        first, last = t[first_of + group], t[first_of + group + 1]
        if p[into_from + first] == p[into_from + last]:
            continue
        start = np.int64(NULL)
        if t[t[T_LEVEL_FROM] + group] + level < t[t[T_LEVEL_FROM] + group + 1]:
            start = tile * t[t[T_HOP] + t[t[T_LEVEL_FROM] + group] + level]
        for column in range(first, last):
            at, merge = place + t[words + column], t[merges + column]
            value = region[at]
            if value == identity(merge):
                continue  # most columns of a row hold nothing
            begin, end = p[into_from + column], p[into_from + column + 1]
            if merge == SUM:
                for into in range(begin, end):
                    sums[p[word + into]] += value * (start >= tails[p[window + into]])
            elif merge == OR:
                for into in range(begin, end):
                    sums[p[word + into]] |= value * (start >= tails[p[window + into]])
            elif merge == MAX:
                for into in range(begin, end):
                    held = value if start >= tails[p[window + into]] else NULL
                    sums[p[word + into]] = max(sums[p[word + into]], held)
            elif merge == MIN:
                for into in range(begin, end):
                    held = value if start >= tails[p[window + into]] else HIGHEST
                    sums[p[word + into]] = min(sums[p[word + into]], held)
            else:
                for into in range(begin, end):
                    if start >= tails[p[window + into]]:
                        fold_in(merge, sums, p[word + into], region, at)


@compiled
def add_sessions(p: Integers, region: Integers, rows: int, tails: Integers, sums: Integers) -> None:
    """Count the sessions of settled rows: a pause longer than the gap ends one."""
    for fold in range(p[P_SESSION_GROUP + 1]):
        group, gap = p[p[P_SESSION_GROUP] + fold], p[p[P_SESSION_GAP] + fold]
        word = p[p[P_SESSION_WORD] + fold]
        begun, ended = np.int64(0), np.int64(NULL)
        for row in range(rows):
            key, place = key_at(region, row), place_at(region, row)
            if key >> GROUP != group:
                continue
            if (key & TILE) * gap < tails[p[p[P_SESSION_WINDOW] + fold]]:
                continue
            first, last = region[place], region[place + 1]
            if ended != NULL and first - ended <= gap:
                ended = last
            else:
                if ended != NULL:
                    end_session(sums, word, ended - begun)
                begun, ended = first, last
        if ended != NULL:
            end_session(sums, word, ended - begun)


@compiled
def end_session(sums: Integers, word: int, length: int) -> None:
    """Add a session to count, sum and longest."""
    sums[word] += 1
    sums[word + 1] += length // SECOND
    sums[word + 2] = max(sums[word + 2], length // SECOND)


@compiled
def cell_value(p: Integers, cell: int, sums: Integers, now: int) -> tuple[int, bool]:
    """Return a fold's number and whether it is null."""
    kind, word = p[p[P_CELL_KIND] + cell], p[p[P_CELL_WORD] + cell]
    value = sums[word]
    if kind == NUMBER:
        return value, False
    if kind == POPCOUNT:
        count = np.int64(0)
        for lane in range(p[p[P_CELL_WORDS] + cell]):
            bits = sums[word + lane]
            while bits != 0:
                bits &= bits - 1
                count += 1
        return count, False
    if value in (NULL, HIGHEST):
        return np.int64(0), True
    if kind == OPTIONAL:
        return value, False
    if kind == PICKED:
        return sums[word + 3], False
    return (now - value) // SECOND, False


@compiled
def formula_value(  # noqa: PLR0911, C901 - one way out per formula
    formula: int, of: Integers, has_less: bool, length: Doubles  # noqa: FBT001
) -> tuple[float, bool]:  # fmt: skip
    """Return a derived feature and whether it is undefined; `of` are its operands."""
    if formula == RATIO:
        over = of[0] - of[2] if has_less else of[0]
        if of[1] == 0:
            return 0.0, True
        return float(over) / float(of[1]), False
    if formula == TREND:
        if of[1] == 0:
            return 0.0, True
        return (float(of[0]) / length[0]) / (float(of[1]) / length[1]), False
    if formula == STD:
        if of[0] <= 0:
            return 0.0, True
        mean = float(of[1]) / float(of[0])
        variance = float(of[2]) / float(of[0]) - mean * mean
        return (np.sqrt(variance) if variance > 0.0 else 0.0), False
    if of[0] < 2:
        return 0.0, True
    if formula == GAP:
        return float(of[1] - of[2]) / float(of[0] - 1), False
    if of[1] - of[2] <= 0:
        return 0.0, True
    return float(of[2]) * float(of[0] - 1) / float(of[1] - of[2]), False


@compiled
def fold_features(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects
    t: Integers, p: Integers, lengths: Doubles, region: Integers, rows: int, now: int,
    integers: Integers, doubles: Doubles, is_null: npt.NDArray[np.bool_],
) -> None:  # fmt: skip
    """Compute every feature of one settled state at `now`; the three rows are filled."""
    tails = np.empty(p[P_WINDOW_LENGTH + 1], dtype=np.int64)
    for window in range(len(tails)):
        length = p[p[P_WINDOW_LENGTH] + window]
        tails[window] = NULL if length < 0 else tail(length, p[p[P_WINDOW_HOP] + window], now)
    sums = np.empty(p[P_BLANK + 1], dtype=np.int64)
    accumulate(t, p, region, rows, tails, sums)
    add_sessions(p, region, rows, tails, sums)
    of = np.zeros(4, dtype=np.int64)
    for feature in range(p[P_FORMULA + 1]):
        formula, missing = p[p[P_FORMULA] + feature], p[p[P_FORMULA] + feature] == ABSENT
        for place in range(4):
            cell = p[p[P_OPERAND] + 4 * feature + place]
            if cell >= 0:
                of[place], absent = cell_value(p, cell, sums, now)
                missing = missing or absent
        integers[feature], doubles[feature] = 0, 0.0
        if not missing and formula == CELL:
            integers[feature] = of[0]
        elif not missing and formula == DIFFERENCE:
            integers[feature] = of[0] - of[1]
        elif not missing:
            has_less = p[p[P_OPERAND] + 4 * feature + 2] >= 0
            doubles[feature], missing = formula_value(formula, of, has_less, lengths[feature])
        is_null[feature] = missing


@compiled
def read_states(
    t: Integers,
    p: Integers,
    lengths: Doubles,
    states: tuple[Bytes, Integers, Integers],
    into: tuple[npt.NDArray[np.int64], Doubles, npt.NDArray[np.bool_]],
) -> int:
    """Compute the features of packed states into the rows of `into`.

    `states` are the bytes of all, where each ends (an empty one has no state) and the instant each
    is asked for. Returns the first one that is broken, or -1.
    """
    t, p, lengths, data = borrowed(t), borrowed(p), borrowed(lengths), borrowed(states[0])
    ends, instants = states[1], states[2]
    integers, doubles, is_null = borrowed(into[0]), borrowed(into[1]), borrowed(into[2])
    start = np.int64(0)
    for i in range(len(ends)):
        end = ends[i]
        if end == start:
            continue
        room = room_of(data, start, end)
        if room < 0:
            return i
        region = np.empty(room, dtype=np.int64)
        rows = unpack(t, data, start, end, region)
        if rows < 0:
            return i
        row, nulls = integers[i], is_null[i]
        fold_features(t, p, lengths, region, rows, instants[i], row, doubles[i], nulls)
        start = end
    return -1


@compiled
def held_values(  # noqa: PLR0913, PLR0917 - kernels take arrays, not objects
    t: Integers, p: Integers, lengths: Doubles, held: tuple[Integers, Integers, Integers],
    now: int, into: tuple[npt.NDArray[np.int64], Doubles, npt.NDArray[np.bool_]],
) -> None:  # fmt: skip
    """Compute the features of states in the arena, at `now` or their newest fact if later.

    `held` are the arena's words, the table of slots and the slots asked for.
    """
    t, p, lengths = borrowed(t), borrowed(p), borrowed(lengths)
    words, slots, asked = borrowed(held[0]), borrowed(held[1]), held[2]
    integers, doubles, is_null = borrowed(into[0]), borrowed(into[1]), borrowed(into[2])
    for i, slot in enumerate(asked):
        settle_slot(t, words, slots, slot)
        region, rows = region_of(words, slots, slot), slots[slot, ROWS]
        row, nulls, instant = integers[i], is_null[i], max(now, slots[slot, NEWEST])
        fold_features(t, p, lengths, region, rows, instant, row, doubles[i], nulls)
