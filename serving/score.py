"""Scores players: features -> models -> reasons. Way: serving.ports -> here -> serving.gate.

What is made here is not yet for anybody's eyes: only `serving.answers` decides what may leave.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite

import numpy as np
import numpy.typing as npt

from serving.champions import Champion, ChampionSet
from serving.last_known import LastKnown
from serving.metrics import Metrics
from serving.ports import Explainer, FeatureReader, FeatureRows, Floats, Reason, StoreDownError
from serving.products import HARM_SCORE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOSTLY_MISSING = 0.5  # from this share of nulls on a score is a fallback, and says so


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose scores, by which models (besides the harm model, which the gate needs)."""

    player_ids: tuple[str, ...]
    models: frozenset[str]
    explain: bool = False


@dataclass(frozen=True, slots=True)
class ModelScore:
    """One model's word on one player; `bounds` are of money."""

    model: str
    version: str
    kind: str
    score: float
    bounds: tuple[float, float] | None
    feature_count: int
    missing_count: int
    reasons: tuple[Reason, ...] = ()

    @property
    def is_fallback(self) -> bool:
        """Say whether the score rests mostly on what the model does without a value."""
        return self.missing_count >= MOSTLY_MISSING * self.feature_count


@dataclass(frozen=True, slots=True)
class PlayerScores:
    """All scores of one player at one instant; `harm` is None when nobody could say.

    A model whose score was no number has no entry, as if it had not been there.
    """

    player_id: str
    features_as_of: datetime  # the oldest instant any feature holds at
    newest_as_of: datetime  # no fact known later is in them: the rg state must not know less
    scores: dict[str, ModelScore] = field(default_factory=dict)

    @property
    def harm(self) -> float | None:
        """Return the calibrated harm probability."""
        found = self.scores.get(HARM_SCORE)
        return None if found is None else found.score


Memory = LastKnown[tuple[str, frozenset[str]], PlayerScores]


class Scorer:
    """Reads, scores and explains, one request after the other."""

    def __init__(
        self, reader: FeatureReader, explainer: Explainer, metrics: Metrics,
        last_known: Memory,
    ) -> None:  # fmt: skip
        self._reader, self._explainer = reader, explainer
        self._metrics, self._last_known = metrics, last_known

    def score(self, wish: Wish, models: ChampionSet) -> dict[str, PlayerScores]:
        """Return the scores of the players found; an id not in it is unknown.

        Raises:
            StoreDownError: the features cannot be read, were never written, or are not those the
                models were checked against.
        """
        rows = self._rows(wish, models)
        found = np.flatnonzero(rows.found)
        ids = [wish.player_ids[place] for place in found]
        oldest, newest = (map(_instant, at[found]) for at in (rows.as_of, rows.newest_as_of))
        wanted = [c for n, c in models.champions.items() if n in wish.models or n == HARM_SCORE]
        told = [self._model(c, rows, found, explain=_explains(wish, c)) for c in wanted]
        scored = {
            whose: PlayerScores(whose, at, to, {s.model: s for s in told_of if s is not None})
            for whose, at, to, *told_of in zip(ids, oldest, newest, *told, strict=True)
        }
        self._remember(wish, scored)
        return scored

    def is_ready(self) -> bool:
        """Say whether there are features to score."""
        return self._reader.is_filled()

    def _rows(self, wish: Wish, models: ChampionSet) -> FeatureRows:
        with self._metrics.timed("read"):
            rows = self._reader.read(wish.player_ids)
        if rows.names != models.served:
            raise StoreDownError("the store serves other columns than at start", hint="restart")
        if not rows.found.any() and not self._reader.is_filled():
            raise StoreDownError("the store is empty", hint="run `evenhand features materialize`")
        return rows

    def _model(
        self, champion: Champion, rows: FeatureRows, found: np.ndarray, *, explain: bool
    ) -> list[ModelScore | None]:
        if not found.size:
            return []
        matrix = rows.values[found[:, None], champion.columns]
        model = champion.model
        with self._metrics.timed("score"):
            scores, bounds = model.score(matrix), model.interval(matrix)
        reasons = self._reasons(champion, matrix) if explain else [()] * len(matrix)
        missing = np.isnan(matrix).sum(axis=1)
        usable = _usable(scores, model.kind)
        if not usable.all():
            self._metrics.unusable.labels(model.name).inc(int((~usable).sum()))
        self._metrics.features_read.labels(model.name).inc(matrix.size)
        self._metrics.features_missing.labels(model.name).inc(int(missing.sum()))
        return [
            ModelScore(
                model.name, model.version, model.kind, float(scores[row]), _bounds(bounds, row),
                matrix.shape[1], int(missing[row]), reasons[row],
            ) if usable[row] else None
            for row in range(len(matrix))
        ]  # fmt: skip

    def _reasons(self, champion: Champion, matrix: Floats) -> list[tuple[Reason, ...]]:
        with self._metrics.timed("explain"):
            contributions = champion.model.contributions(matrix)
            return [
                tuple(self._explainer.reasons(champion.model, row, parts))
                for row, parts in zip(matrix, contributions, strict=True)
            ]

    def _remember(self, wish: Wish, scored: dict[str, PlayerScores]) -> None:
        for player_id, scores in scored.items():
            self._metrics.tell_as_of(scores.features_as_of)
            self._last_known.put((player_id, wish.models), scores)


def _usable(scores: Floats, kind: str) -> npt.NDArray[np.bool_]:
    """Say which scores are answers: finite, and a probability one that can be."""
    with np.errstate(invalid="ignore"):
        possible = (scores >= 0.0) & (scores <= 1.0)
    return np.isfinite(scores) if kind == "money" else possible


def _bounds(bounds: tuple[Floats, Floats] | None, row: int) -> tuple[float, float] | None:
    if bounds is None:
        return None
    low, high = float(bounds[0][row]), float(bounds[1][row])
    return (low, high) if isfinite(low) and isfinite(high) else None


def _explains(wish: Wish, champion: Champion) -> bool:
    return wish.explain and champion.model.name in wish.models


def _instant(at: np.datetime64) -> datetime:
    return _EPOCH + timedelta(microseconds=int(at.astype("M8[us]").view("i8")))
