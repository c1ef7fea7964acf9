"""Features of several players at an instant. Way: engine, reader make them -> stores, rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Values:
    """One row per player, one column per feature asked.

    `whole` says, per feature, whether its value is in `integers` (exact) or in `doubles`; where
    `is_null` the value is undefined and the number 0.
    """

    integers: npt.NDArray[np.int64]
    doubles: npt.NDArray[np.float64]
    is_null: npt.NDArray[np.bool_]
    whole: npt.NDArray[np.bool_]

    def matrix(self) -> npt.NDArray[np.float64]:
        """Return plain numbers, null = NaN (whole numbers beyond 2^53 are rounded)."""
        numbers = self.doubles.copy()
        np.copyto(numbers, self.integers, where=self.whole)
        np.putmask(numbers, self.is_null, np.nan)
        return numbers

    def row(self, place: int) -> list[int | float | None]:
        """Return one player's values as plain numbers, null = None."""
        columns = zip(self.integers[place].tolist(), self.doubles[place].tolist(),
                      self.is_null[place].tolist(), self.whole.tolist(), strict=True)  # fmt: skip
        return [None if null else i if whole else d for i, d, null, whole in columns]


def no_values(rows: int, whole: npt.NDArray[np.bool_]) -> Values:
    """Return values that are all null, to be filled."""
    shape = (rows, len(whole))
    return Values(
        np.zeros(shape, dtype=np.int64), np.zeros(shape), np.ones(shape, dtype=np.bool_), whole
    )
