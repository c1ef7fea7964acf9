"""Features off packed states. Way: store -> here -> Feast, the scoring service.

A state answers for any instant not before the newest fact in it: windows are cut at the instant
asked, so a value decays while nothing happens. Asked for an earlier instant it answers for that of
its newest fact, and the caller says so (`instant_of`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from core.errors import NotReadyError
from features.spec import FeatureView
from features.state.flat import Integers
from features.state.folding import read_states
from features.state.layout import StateLayout
from features.state.packing import HEAD, STAMP
from features.state.program import program_of
from features.state.tables import tables_of
from features.state.values import Values, no_values

NEWEST_AT = STAMP + 1


def stamp_of(blob: bytes) -> bytes:
    """Return the 12 bytes that order states of one player by age."""
    return blob[:STAMP]


def offset_of(blob: bytes) -> int:
    """Return the offset of the last message folded in; -1 if none came from the log."""
    return int.from_bytes(blob[4:STAMP], "big") - 1


def epoch_of(blob: bytes) -> int:
    """Return the epoch of the log's partitioning."""
    return int.from_bytes(blob[:4], "big")


def newest_recorded_of(blob: bytes) -> int:
    """Return when the newest fact of a state became known, in UTC microseconds."""
    return int.from_bytes(blob[NEWEST_AT:HEAD], "little", signed=True)


def instants_of(blobs: Sequence[bytes | None], now_us: int) -> Integers:
    """Return the instant each state answers for: `now_us`, or that of its newest fact."""
    newest = [now_us if blob is None else max(now_us, newest_recorded_of(blob)) for blob in blobs]
    return np.array(newest, dtype=np.int64)


class Combiner:
    """Reads the features of some names off states of one layout; made once, safe for threads."""

    def __init__(self, layout: StateLayout, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._tables, self._program = tables_of(layout), program_of(layout, tuple(names))
        self.whole = whole_of(layout, names)

    def values(self, blobs: Sequence[bytes | None], t_us: Integers) -> Values:
        """Return the features of each state at its instant; a null row where there is no state.

        Raises:
            NotReadyError: the bytes of a state are broken.
        """
        values = no_values(len(blobs), self.whole)
        held = [blob or b"" for blob in blobs]
        ends = np.fromiter(accumulate(map(len, held)), np.int64, len(held))
        data = np.frombuffer(b"".join(held), np.uint8)
        states = (data, ends, t_us)
        into = (values.integers, values.doubles, values.is_null)
        flat, lengths = self._program
        broken = read_states(self._tables, flat, lengths, states, into)
        if broken >= 0:
            raise NotReadyError(
                f"state {broken} of {len(blobs)} is broken",
                expected="the bytes a worker of this layout wrote",
                hint="build the generation anew: evenhand stream rebuild",
            )
        return values


def whole_of(layout: StateLayout, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return, per name, whether the feature is a whole number."""
    doubles = {
        feature.name
        for view in layout.views
        if isinstance(view, FeatureView)
        for feature in view.features
        if not feature.is_integer
    }
    return np.array([name not in doubles for name in names], dtype=np.bool_)
