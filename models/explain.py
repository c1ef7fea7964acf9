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


@dataclass(frozen=True, slots=True)
class Wording:
    """How an explanation is put: grouped by which field of `FeatureMeta`, how many sentences each.

    `currency` is the base currency amounts are said in.
    """

    by: Grouping = "category"
    shown: int = 2
    currency: str = "EUR"


def explain(
    contributions: Floats, values: Floats, names: Sequence[str], wording: Wording = Wording()
) -> Explanation:
    """Group one row's contributions into reasons.

    Args:
        contributions: one row of `LoadedModel.contributions`: features, then the base value.
        values: the row that was scored, NaN for null.
        names: `LoadedModel.feature_names`.
        wording: how it is grouped and said; sentences speak for their group's own direction.

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
        groups[getattr(describe(name), wording.by)].append(i)
    row = _Row(contributions, values, names, wording)
    reasons = [_reason(group, columns, row) for group, columns in groups.items()]
    reasons.sort(key=lambda reason: (-abs(reason.contribution), reason.group))
    return Explanation(float(contributions[-1]), float(contributions.sum()), tuple(reasons))


@dataclass(frozen=True, slots=True)
class _Row:
    contributions: Floats
    values: Floats
    names: Sequence[str]
    wording: Wording

    def say(self, column: int) -> str:
        """Return one feature's value in plain words."""
        value = float(self.values[column])
        return sentence(describe(self.names[column]), value, self.wording.currency)


def _reason(group: str, columns: list[int], row: _Row) -> Reason:
    share = row.contributions
    total = float(share[columns].sum())
    same_way = [c for c in columns if share[c] * total > 0]
    strongest = sorted(same_way, key=lambda c: (-abs(share[c]), row.names[c]))[: row.wording.shown]
    return Reason(
        group=group,
        contribution=total,
        sentences=tuple(row.say(c) for c in strongest),
        features=tuple(row.names[c] for c in strongest),
    )
