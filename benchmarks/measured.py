"""Cards on public data: landed, framed, trained and judged. Way: a file -> here -> tables.

Nothing here is special to a benchmark but the data: `evenhand land`'s adapter, the point-in-time
frame, the leak guard, the learner, calibration and the bootstrap over players are the project's.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from core.settings import Settings
from features.sources import open_warehouse
from models.bootstrap import Estimate, Judged, estimates
from models.dataset import Dataset, dataset_from
from models.linear import linear_scores
from models.metrics import MONEY, PROBABILITY, RANKS, Metric, bins_of
from models.spec import LaterTimeOtherPlayers, ModelCard
from models.train import train
from pipelines.landing.adapter import adapter_named
from pipelines.landing.counts import Landing
from pipelines.landing.land import Sources, land
from pipelines.training.frames import build_frames

Floats = npt.NDArray[np.float64]
ALL_ROWS = dict.fromkeys(("train", "validation", "calibration", "interval", "test"), 1_000_000)


def say(text: str) -> None:
    """Tell the person waiting; tables alone go to standard output."""
    print(text, file=sys.stderr, flush=True)


def day(text: str) -> datetime:
    """Return midnight UTC of an ISO date."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(first: str, last: str) -> tuple[datetime, ...]:
    """Return cut-offs a week apart, the last of them not after `last`."""
    weeks = (day(last) - day(first)).days // 7
    return tuple(day(first) + timedelta(days=7 * week) for week in range(weeks + 1))


def later_time(train_at: Sequence[datetime], test_at: datetime) -> LaterTimeOtherPlayers:
    """Return the split of the reference figures: everybody's rows, at a later time."""
    return LaterTimeOtherPlayers(
        others=False, train_at=tuple(train_at), test_at=(test_at,), rows=ALL_ROWS,
        validation_share=0.06, calibration_share=0.08,
    )  # fmt: skip


def land_public(path: Path, adapter: str, home: Path) -> tuple[Settings, Landing]:
    """Land a public file into a home of its own, as `evenhand land` does."""
    settings = Settings(home=home, mlruns=home / "mlruns", base_currency="USD")
    chosen = adapter_named(adapter)
    say(f"landing {path.name}")
    return settings, land(Sources((path,), chosen, chosen.column_map), settings)


def datasets(settings: Settings, cards: Sequence[ModelCard]) -> dict[str, Dataset]:
    """Return each card's dataset; features are computed once for all of them."""
    with open_warehouse(settings.warehouse, threads=2) as connection:
        frames = build_frames(connection, cards, settings.home / "frames")
    found = {}
    for card in cards:
        frame, names = frames.of(card)
        found[card.name] = dataset_from(card, frame, names)
    return found


@dataclass(frozen=True, slots=True)
class Figures:
    """Measures scorers of one test slice, all on the same draws of players."""

    card: ModelCard
    dataset: Dataset

    def of_model(self) -> dict[str, Estimate]:
        """Train the card and return its figures."""
        say(f"training {self.card.name} {self.card.learner.objectives}")
        trained = train(self.card, self.dataset)
        return self._all(trained.model.score(self.dataset["test"].matrix))

    def of_regression(self) -> dict[str, Estimate]:
        """Return the figures of the logistic (for money: ridge on the logarithm) regression."""
        return self._ranks(linear_scores(self.card, self.dataset))

    def of_feature(self, name: str, sign: int = 1) -> dict[str, Estimate]:
        """Return how well one feature ranks; never seen stands last."""
        column = self.dataset["test"].matrix[:, self.dataset.feature_names.index(name)]
        return self._ranks(np.nan_to_num(column * sign, nan=-1e18))

    def of_forecast(self) -> dict[str, Estimate]:
        """Return the figures of the card's baseline taken as an amount foretold."""
        return self._all(self.dataset["test"].baseline)

    def _all(self, score: Floats) -> dict[str, Estimate]:
        return self._measure(score, metrics_of(self.card))

    def _ranks(self, score: Floats) -> dict[str, Estimate]:
        metrics = metrics_of(self.card)
        return self._measure(score, {name: metrics[name] for name in metrics if name in RANKS})

    def _measure(self, score: Floats, metrics: Mapping[str, Metric]) -> dict[str, Estimate]:
        part = self.dataset["test"]
        return estimates(score, Judged(part.label, part.players), metrics)


def metrics_of(card: ModelCard) -> Mapping[str, Metric]:
    """Return the metrics of a card's kind; money also by the literature's decile MAPE."""
    return MappingProxyType({**MONEY, "decile_mape": decile_mape}) if card.is_money else PROBABILITY


def decile_mape(score: Floats, value: Floats, weight: Floats) -> float:
    """Return the mean over deciles of the score of |mean foretold - mean actual| / mean actual."""
    bins, _ = bins_of(score, weight, 10)
    actual = np.bincount(bins, weight * value, 10)
    gap = np.abs(np.bincount(bins, weight * score, 10) - actual)
    return float(np.mean(gap[actual > 0] / actual[actual > 0]))
