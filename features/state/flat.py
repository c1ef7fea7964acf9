"""Several arrays in one, for kernels. Way: tables, program -> here -> kernels.

A kernel that hands a score of arrays from function to function spends its time doing so; it is
given one array instead. Section s begins at `flat[2 * s]` and is `flat[2 * s + 1]` long, so that a
name bound to 2 * s reads `flat[flat[NAME] + i]` and `flat[NAME + 1]`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def flattened(sections: Sequence[Integers]) -> Integers:
    """Join sections behind a head of their places and lengths.

    >>> flattened([np.array([7, 8]), np.array([9])]).tolist()
    [4, 2, 6, 1, 7, 8, 9]
    """
    lengths = [section.size for section in sections]
    starts = 2 * len(sections) + np.cumsum([0, *lengths[:-1]])
    head = np.column_stack([starts, lengths]).ravel()
    parts = [head, *(section.ravel() for section in sections)]
    return np.concatenate(parts).astype(np.int64)
