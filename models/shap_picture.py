"""Draws which features move a score, and which way. Way: contributions -> here -> pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.artifact import ScoringModel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]
SHOWN = 15


def shap_summary(model: ScoringModel, rows: Floats, title: str) -> Figure:
    """Draw exact TreeSHAP values of the strongest features, a dot a row, coloured by its value."""
    from matplotlib import colormaps

    from models.pictures import canvas

    colours = colormaps["coolwarm"].with_extremes(bad="#9aa5b1")
    found = model.contributions(rows, num_threads=2)[:, :-1]
    strongest = np.argsort(np.abs(found).mean(axis=0), kind="stable")[::-1][:SHOWN]
    figure, axes = canvas(title, 8.0, 5.6)
    for place, column in enumerate(strongest[::-1]):
        effect = found[:, column]
        dots = axes.scatter(
            effect, place + _spread(effect), c=_rank(rows[:, column]), cmap=colours,
            vmin=0, vmax=1, s=7, linewidths=0, plotnonfinite=True,
        )  # fmt: skip
    axes.axvline(0, color="#1f2933", linewidth=0.8)
    axes.set_yticks(range(len(strongest)), [model.feature_names[c] for c in strongest[::-1]])
    axes.tick_params(axis="y", labelsize=8)
    axes.set_xlabel("contribution to the raw score (grey: no value)")
    bar = figure.colorbar(dots, ax=axes, ticks=[0, 1], pad=0.01)
    bar.ax.set_yticklabels(["low", "high"])
    bar.set_label("value of the feature", labelpad=-12)
    return figure


def _rank(values: Floats) -> Floats:
    """Return values as ranks in 0..1, so that a heavy tail does not wash out the colours."""
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return np.full(len(values), np.nan)
    low, high = np.searchsorted(known, values, "left"), np.searchsorted(known, values, "right")
    return np.where(np.isnan(values), np.nan, (low + high) / (2 * len(known)))


def _spread(effect: Floats) -> Floats:
    """Return vertical offsets that show where dots crowd; the same for the same effects."""
    bins = np.digitize(effect, np.linspace(effect.min(), effect.max() + 1e-12, 60))
    offset = np.zeros(len(effect))
    for one in np.unique(bins):
        rows = np.flatnonzero(bins == one)
        width = 0.38 * min(1.0, len(rows) / 25)
        offset[rows] = np.linspace(-width, width, len(rows)) if len(rows) > 1 else 0.0
    return offset
