"""Refuses what a model must not read. Way: the training frame -> here -> dataset.

Two guards. A column that is not in the card's feature service is refused, whatever it is: ground
truth, a label of another card, a column somebody joined by hand. And a feature that separates the
label almost alone is refused until the card names it: such a feature is nearly always the label in
disguise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.errors import LeakError
from models.metrics import auc, spearman
from models.spec import ModelCard

Floats = npt.NDArray[np.float64]
ALONE_AUC = 0.98
ALONE_SPEARMAN = 0.95
MOST_ROWS = 20_000


def refuse_columns(card: ModelCard, names: Sequence[str], allowed: Sequence[str]) -> None:
    """Refuse columns outside the card's feature service.

    Raises:
        LeakError: naming them.
    """
    strange = sorted(set(names) - set(allowed))
    if strange:
        raise LeakError(
            f"{card.name}: columns {strange} are not in its feature service",
            expected=f"features of the views {', '.join(card.features)}",
            hint="declare a view over facts; ground truth and labels are never features",
        )
    missing = sorted(set(allowed) - set(names))
    if missing:
        raise LeakError(
            f"{card.name}: the frame lacks {missing[:5]} ({len(missing)} in all)",
            expected="every feature of the service, so that serving can give the same row",
        )


def refuse_lone_features(
    card: ModelCard, names: Sequence[str], matrix: Floats, label: Floats
) -> None:
    """Refuse a feature that all but equals the label.

    Raises:
        LeakError: naming the feature and how well it does alone.
    """
    matrix, label = matrix[:MOST_ROWS], label[:MOST_ROWS]
    limit = ALONE_SPEARMAN if card.is_money else ALONE_AUC
    for i, name in enumerate(names):
        strength = _alone(matrix[:, i], label, is_money=card.is_money)
        if strength > limit and name not in card.may_separate:
            kind = "rank correlation" if card.is_money else "AUC"
            raise LeakError(
                f"{card.name}: {name} alone reaches {kind} {strength:.3f}",
                expected=f"at most {limit}",
                hint="find out why; if it is right, name it in the card's may_separate",
            )


def _alone(column: Floats, label: Floats, *, is_money: bool) -> float:
    # Whether a value is missing can leak as well as the value: null is its own lowest level.
    filled = np.where(np.isnan(column), -np.inf, column)
    if filled.min() == filled.max():
        return 0.0
    ones = np.ones(len(label))
    if is_money:
        return abs(spearman(filled, label, ones))
    found = auc(filled, label, ones)
    return max(found, 1 - found)
