"""The honest second baseline: a regression on squashed features. Way: dataset -> here -> evaluate.

Logistic for probabilities, ridge on the signed logarithm for money. If trees do not beat it by
much, say so: the simpler model is then the better one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.dataset import Dataset
from models.learn import SIGNED_LOG, target
from models.spec import ModelCard

Floats = npt.NDArray[np.float64]
MOST_ROWS = 20_000


def linear_scores(card: ModelCard, dataset: Dataset) -> Floats:
    """Fit the regression on the train slice and return its scores of the test slice."""
    from sklearn.linear_model import LogisticRegression, Ridge

    part = dataset["train"]
    keep = slice(None, None, max(1, -(-len(part) // MOST_ROWS)))
    squashed = _squash(part.matrix[keep])
    mean, scale = squashed.mean(axis=0), squashed.std(axis=0)
    scale[scale == 0] = 1.0
    seen, asked = (squashed - mean) / scale, (_squash(dataset["test"].matrix) - mean) / scale
    asked = np.clip(asked, -8.0, 8.0)
    if card.is_money:
        fitted = Ridge(alpha=10.0).fit(seen, target(part.label[keep], SIGNED_LOG))
        return np.asarray(fitted.predict(asked), dtype=np.float64)
    # Newton's steps on a small Gram matrix; regularised, because windows of one fact are alike.
    logistic = LogisticRegression(C=0.05, solver="newton-cholesky", max_iter=50)
    return np.asarray(logistic.fit(seen, part.label[keep]).decision_function(asked))


def _squash(matrix: Floats) -> Floats:
    """Return sign(x) log(1+|x|) with nulls at zero: counts and amounts on one scale."""
    filled = np.nan_to_num(matrix, nan=0.0)
    return np.asarray(np.sign(filled) * np.log1p(np.abs(filled)), dtype=np.float64)
