"""Draws what a model is worth. Way: evaluate -> here -> <home>/pictures/<card> and MLflow.

Every picture is a Figure object of its own on the Agg canvas: no display, no global state, the
same bytes for the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.currency import exponent
from models.bootstrap import Estimate
from models.dataset import Dataset
from models.evaluate import Verdict
from models.metrics import bins_of
from models.shap_picture import shap_summary
from models.spec import ModelCard
from models.train import Trained

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]
INK, MODEL, BASELINE, GRID = "#1f2933", "#0b6e99", "#c4622d", "#d9dee3"
EXPLAINED_ROWS = 400
BINS = 10
CROWDED = 8  # the highest bin's score over the middle bin's


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the pictures are drawn from: scores of the test slice beside what came."""

    card: ModelCard
    score: Floats
    actual: Floats
    baseline: Floats
    bounds: tuple[Floats, Floats] | None
    currency: str

    def money(self, minor: Floats) -> Floats:
        """Return amounts in the currency's major unit, as people read them."""
        return minor / 10.0 ** exponent(self.currency)


@dataclass(frozen=True, slots=True)
class Album:
    """Where pictures go, and the currency in which they speak of money."""

    folder: Path
    currency: str = "EUR"


def draw_all(
    card: ModelCard, trained: Trained, verdict: Verdict, dataset: Dataset, album: Album
) -> tuple[Path, ...]:
    """Draw every picture of a training into the album and return their paths."""
    part, model = dataset["test"], trained.model
    score = model.score(part.matrix)
    bounds = None if model.outcome is None else model.outcome.apply(score)
    drawn = Drawn(card, score, part.label, part.baseline, bounds, album.currency)
    figures = {"gain": _gain(drawn, verdict), "learning_curve": _learning(trained)}
    if card.is_money:
        figures |= {"deciles": _deciles(drawn), "calibration": _money_calibration(drawn)}
    else:
        figures["reliability"] = _reliability(drawn, verdict)
    rows = part.matrix[:: max(1, len(part) // EXPLAINED_ROWS)][:EXPLAINED_ROWS]
    figures["shap_summary"] = shap_summary(model, rows, f"{card.name}: what moves the raw score")
    album.folder.mkdir(parents=True, exist_ok=True)
    return tuple(_save(figure, album.folder / f"{name}.png") for name, figure in figures.items())


def canvas(title: str, width: float = 6.4, height: float = 4.8) -> tuple[Figure, Axes]:
    """Return an empty figure with one set of axes in the house's look."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    _plain(axes)
    return figure, axes


def _plain(axes: Axes) -> None:
    axes.grid(visible=True, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _figure_text(metric: str, found: Estimate) -> str:
    """Return a figure as a legend says it.

    >>> _figure_text("average_precision", Estimate(0.71171, 0.5043, 0.85))
    'average precision 0.712 [0.504, 0.850]'
    """
    name = metric.replace("_", " ") if len(metric) > 3 else metric.upper()
    return f"{name} {found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _reliability(drawn: Drawn, verdict: Verdict) -> Figure:
    figure, axes = canvas(f"{drawn.card.name}: foretold against what came", 6.4, 5.6)
    bins, told = bins_of(drawn.score, np.ones(len(drawn.score)), BINS)
    rows = np.maximum(np.bincount(bins, minlength=BINS), 1)
    events = np.bincount(bins, drawn.actual, BINS).astype(np.float64)
    came, error = events / rows, _error(events, rows)
    top = float(max(told.max(), (came + error[1]).max())) * 1.08
    axes.plot([0, top], [0, top], color=INK, linewidth=1, linestyle="--", label="exact")
    axes.errorbar(told, came, error, fmt="o-", color=MODEL, capsize=3, label="model, 95 %")
    axes.set(ylabel="share of events", xlim=(0, top), ylim=(0, top))
    axes.set_xlabel("mean score of the bin" + _stretch(axes, told))
    axes.legend(title=_figure_text("ece", verdict.model["ece"]), loc="upper left", frameon=False)
    grid = figure.add_gridspec(2, 1, height_ratios=(4, 1))
    axes.set_subplotspec(grid[0])
    below = figure.add_subplot(grid[1])
    _plain(below)
    below.bar_label(below.bar(np.arange(1, BINS + 1), events, color=MODEL), fmt="%d", fontsize=8)
    below.set(ylabel="events", xlabel=f"bin of about {len(drawn.score) // BINS:,} rows, lowest "
              "scores first", ylim=(0, events.max() * 1.35))  # fmt: skip
    below.set_xticks(np.arange(1, BINS + 1))
    return figure


def _error(events: Floats, rows: npt.NDArray[np.int64]) -> Floats:
    """Return how far Wilson's 95 % interval reaches below and above the share of events."""
    share, z2 = events / rows, 1.96**2
    middle = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = 1.96 * np.sqrt(share * (1 - share) / rows + z2 / (4 * rows**2)) / (1 + z2 / rows)
    return np.maximum(np.stack((share - middle + half, middle + half - share)), 0.0)


def _stretch(axes: Axes, told: Floats) -> str:
    """Draw both axes by their root if most bins would else crowd in a corner; say so."""
    if told.max() < CROWDED * float(np.median(told)):
        return ""
    axes.set_xscale("function", functions=(_root, np.square))
    axes.set_yscale("function", functions=(_root, np.square))
    return " (axes by their root: events are rare)"


def _root(values: Floats) -> Floats:
    return np.sqrt(np.maximum(values, 0.0))


def _gain(drawn: Drawn, verdict: Verdict) -> Figure:
    what = "net revenue" if drawn.card.is_money else "events"
    figure, axes = canvas(f"{drawn.card.name}: share of {what} found, best scores first")
    lines = (
        ("model", drawn.score, MODEL, "-", verdict.model),
        (verdict.baseline_name, drawn.baseline, BASELINE, "-", verdict.baseline),
    )
    for name, score, colour, style, figures in lines:
        label = f"{name}: {_figure_text(verdict.judged_by, figures[verdict.judged_by])}"
        axes.plot(*_cumulative(score, drawn.actual), color=colour, linestyle=style, label=label)
    if drawn.card.is_money:
        axes.plot(*_cumulative(drawn.actual, drawn.actual), color=INK, linewidth=1,
                  linestyle=":", label="perfect")  # fmt: skip
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle="--", label="chance")
    axes.set(xlabel="share of players scored", ylabel=f"share of {what}", xlim=(0, 1))
    axes.legend(loc="lower right", frameon=False, fontsize=8)
    return figure


def _cumulative(score: Floats, actual: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(-score, kind="stable")
    found = np.cumsum(actual[order]) / max(float(actual.sum()), 1e-12)
    place = np.arange(1, len(score) + 1) / len(score)
    step = max(1, len(score) // 500)
    return place[::step], found[::step]


def _deciles(drawn: Drawn) -> Figure:
    figure, axes = canvas(f"{drawn.card.name}: mean per decile of the score")
    bins, told = bins_of(drawn.score, np.ones(len(drawn.score)), 10)
    rows = np.maximum(np.bincount(bins, minlength=10), 1)
    came = np.bincount(bins, drawn.actual, 10) / rows
    place = np.arange(1, 11)
    axes.bar(place - 0.2, drawn.money(told), 0.4, color=MODEL, label="foretold")
    axes.bar(place + 0.2, drawn.money(came), 0.4, color=BASELINE, label="came")
    axes.set_xlabel(
        f"decile of the score, about {len(drawn.score) // 10:,} rows each (10 = highest)"
    )
    days = drawn.card.horizon_days
    axes.set_ylabel(f"net revenue of {days} days per player, {drawn.currency}")
    axes.set_xticks(place)
    axes.legend(frameon=False, loc="upper left")
    return figure


def _money_calibration(drawn: Drawn) -> Figure:
    figure, axes = canvas(f"{drawn.card.name}: foretold against what came, with the 80 % interval")
    ones = np.ones(len(drawn.score))
    bins, told = bins_of(drawn.score, ones, 20)
    rows = np.maximum(np.bincount(bins, minlength=20), 1)
    came = drawn.money(np.bincount(bins, drawn.actual, 20) / rows)
    told = drawn.money(told)
    if drawn.bounds is not None:
        low, high = (drawn.money(np.bincount(bins, b, 20) / rows) for b in drawn.bounds)
        axes.fill_between(told, low, high, color=MODEL, alpha=0.15, label="80 % of outcomes")
        covered = np.mean((drawn.actual >= drawn.bounds[0]) & (drawn.actual <= drawn.bounds[1]))
        axes.plot([], [], " ", label=f"measured coverage {covered:.1%}")
    axes.plot(told, told, color=INK, linewidth=1, linestyle="--", label="exact")
    axes.plot(
        told,
        came,
        "o",
        color=BASELINE,
        label=f"mean that came, 20 bins of {len(drawn.score) // 20:,} rows",
    )
    axes.set_xscale("symlog", linthresh=10)
    axes.set_yscale("symlog", linthresh=10)
    axes.set(xlabel=f"foretold, {drawn.currency}", ylabel=f"came, {drawn.currency}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,.0f}")
    axes.legend(frameon=False, loc="upper left", fontsize=8)
    return figure


def _learning(trained: Trained) -> Figure:
    fit = trained.fit
    figure, axes = canvas(f"{trained.model.name}: validation {fit.curve_name} by round")
    axes.plot(np.arange(1, len(fit.curve) + 1), fit.curve, color=MODEL)
    axes.axvline(trained.record.rounds, color=BASELINE, linewidth=1)
    axes.set(xlabel=f"rounds (kept: {trained.record.rounds})", ylabel=fit.curve_name)
    return figure


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=110, metadata={"Software": None})
    return path
