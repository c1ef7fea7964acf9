"""What a real feed does to good facts: late, twice, wrong clocks. Way: columns -> here -> file.

Shares are a plan, not a measurement: about 1 % late by minutes to days, 0.2 % delivered twice,
0.01 % from a clock that runs ahead (`occurred_at` after `recorded_at`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipelines.simulation.plan import DAY, MINUTE, SECOND, Array

LATE, DUPLICATED, AHEAD = 0.01, 0.002, 0.0001
SLICE_ROWS = 8_192


def recorded_at(occurred_at: Array, rng: np.random.Generator) -> Array:
    """Say when each fact became known: within 3 s as a rule."""
    count = len(occurred_at)
    known = occurred_at + rng.integers(0, 3 * SECOND, count)
    late = _some(count, LATE, rng)
    delay = MINUTE * np.exp(rng.normal(np.log(45), 1.8, len(late)))
    known[late] += np.minimum(delay, 6 * DAY).astype(np.int64)
    ahead = _some(count, AHEAD, rng)
    known[ahead] = occurred_at[ahead] - rng.integers(SECOND, 2 * MINUTE, len(ahead))
    return known


def disordered(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Add the second deliveries and change the order of slices; facts of a slice stay together."""
    twice = table.take(pa.array(_some(table.num_rows, DUPLICATED, rng)))
    slices = [table.slice(i, SLICE_ROWS) for i in range(0, table.num_rows, SLICE_ROWS)]
    pieces = [*slices, twice]
    return pa.concat_tables([pieces[i] for i in rng.permutation(len(pieces))])


def _some(count: int, share: float, rng: np.random.Generator) -> Array:
    """Pick about `share` of `count` row numbers, each on its own, by drawing the gaps between."""
    chosen = rng.binomial(count, share) if count else 0
    return np.unique(rng.integers(0, max(count, 1), chosen))
