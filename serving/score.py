"""Scores players: features -> models -> reasons. Way: serving.ports -> here -> serving.gate.

What is made here is not yet for anybody's eyes: only `serving.answers` decides what may leave.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

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
    """One model's word on one player; `low` and `high` bound money."""

    model: str
    version: str
    kind: str
    score: float
    low: float | None
    high: float | None
    feature_count: int
    missing_count: int
    reasons: tuple[Reason, ...] = ()

    @property
    def is_fallback(self) -> bool:
        """Say whether the score rests mostly on what the model does without a value."""
        return self.missing_count >= MOSTLY_MISSING * self.feature_count


@dataclass(frozen=True, slots=True)
class PlayerScores:
    """All scores of one player at one instant; `harm` is None when nobody could say."""

    player_id: str
    features_as_of: datetime
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
            StoreDownError: the features cannot be read, or are not those the models were checked
                against.
        """
        with self._metrics.timed("read"):
            rows = self._reader.read(wish.player_ids)
        if rows.names != models.served:
            raise StoreDownError("the store serves other columns than at start", hint="restart")
        found = np.flatnonzero(rows.found)
        ids = [wish.player_ids[place] for place in found]
        as_of = [_instant(at) for at in rows.as_of[found]]
        wanted = [c for n, c in models.champions.items() if n in wish.models or n == HARM_SCORE]
        told = [self._model(c, rows, found, explain=_explains(wish, c)) for c in wanted]
        scored = {
            player_id: PlayerScores(player_id, at, {s[place].model: s[place] for s in told})
            for place, (player_id, at) in enumerate(zip(ids, as_of, strict=True))
        }
        self._remember(wish, scored)
        return scored

    def _model(
        self, champion: Champion, rows: FeatureRows, found: np.ndarray, *, explain: bool
    ) -> list[ModelScore]:
        if not found.size:
            return []
        matrix = np.ascontiguousarray(rows.values[np.ix_(found, champion.columns)])
        model = champion.model
        with self._metrics.timed("score"):
            scores, bounds = model.score(matrix), model.interval(matrix)
        reasons = self._reasons(champion, matrix) if explain else [()] * len(matrix)
        missing = np.isnan(matrix).sum(axis=1)
        self._metrics.features_read.labels(model.name).inc(matrix.size)
        self._metrics.features_missing.labels(model.name).inc(int(missing.sum()))
        return [
            ModelScore(
                model.name, model.version, model.kind, float(scores[row]),
                None if bounds is None else float(bounds[0][row]),
                None if bounds is None else float(bounds[1][row]),
                matrix.shape[1], int(missing[row]), reasons[row],
            )
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


def _explains(wish: Wish, champion: Champion) -> bool:
    return wish.explain and champion.model.name in wish.models


def _instant(at: np.datetime64) -> datetime:
    return _EPOCH + timedelta(microseconds=int(at.astype("M8[us]").view("i8")))
