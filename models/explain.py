"""Why a score is what it is. Way: contributions + values -> here -> answers, notebooks.

Exact TreeSHAP contributions are summed over groups of features: by category for people who work
with players, by the regulator's indicators for the responsible-gambling desk. Groups and base add
up to the raw score; a group shows its strongest features in plain sentences with value and unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.errors import DeclarationError
from features.describe import describe, sentence

Floats = npt.NDArray[np.float64]
Grouping = Literal["category", "indicator"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One group's share of a raw score; `sentences` are its strongest features, strongest first."""

    group: str
    contribution: float
    sentences: tuple[str, ...]
    features: tuple[str, ...]

    @property
    def raises(self) -> bool:
        """Whether the group pushes the score up."""
        return self.contribution > 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """All groups of one score, strongest first: `base` plus their contributions is `raw`."""

    base: float
    raw: float
    reasons: tuple[Reason, ...]

    def top(self, count: int) -> tuple[Reason, ...]:
        """Return the strongest groups."""
        return self.reasons[:count]


def explain(
    contributions: Floats,
    values: Floats,
    names: Sequence[str],
    *,
    by: Grouping = "category",
    shown: int = 2,
) -> Explanation:
    """Group one row's contributions into reasons.

    Args:
        contributions: one row of `LoadedModel.contributions`: features, then the base value.
        values: the row that was scored, NaN for null.
        names: `LoadedModel.feature_names`.
        by: the grouping, a field of `features.describe.FeatureMeta`.
        shown: how many sentences a group gets; they speak for its own direction.

    Raises:
        DeclarationError: the lengths do not belong together.
    """
    if not len(contributions) - 1 == len(values) == len(names):
        raise DeclarationError(
            f"{len(contributions)} contributions, {len(values)} values, {len(names)} names",
            expected="one contribution a feature and the base value last",
        )
    groups: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        groups[getattr(describe(name), by)].append(i)
    reasons = [
        _reason(g, rows, contributions, (values, names, shown)) for g, rows in groups.items()
    ]
    reasons.sort(key=lambda reason: (-abs(reason.contribution), reason.group))
    return Explanation(float(contributions[-1]), float(contributions.sum()), tuple(reasons))


def _reason(
    group: str, columns: list[int], contributions: Floats, row: tuple[Floats, Sequence[str], int]
) -> Reason:
    values, names, shown = row
    total = float(contributions[columns].sum())
    same_way = [c for c in columns if contributions[c] * total > 0]
    strongest = sorted(same_way, key=lambda c: (-abs(contributions[c]), names[c]))[:shown]
    return Reason(
        group=group,
        contribution=total,
        sentences=tuple(sentence(describe(names[c]), float(values[c])) for c in strongest),
        features=tuple(names[c] for c in strongest),
    )
