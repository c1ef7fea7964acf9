"""Asks the rules about each player. Way: rg state + harm score -> here -> serving.answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.decisions import Decision, decide
from core.rule import GateRequest, Rule
from serving.metrics import Metrics
from serving.ports import RgStates
from serving.score import PlayerScores


class Gate:
    """Decides, with the rg state as it is now, whether value scores may leave."""

    def __init__(
        self, states: RgStates, rules: Sequence[Rule], metrics: Metrics, *, harm_threshold: float
    ) -> None:
        self._states, self._rules = states, tuple(rules)
        self._metrics, self._threshold = metrics, harm_threshold

    def decide(self, scored: Mapping[str, PlayerScores]) -> dict[str, Decision]:
        """Return a decision for every player scored."""
        with self._metrics.timed("gate"):
            known = self._states.look_up(list(scored))
            decisions = {
                player_id: decide(self._request(scores), known[player_id], self._rules)
                for player_id, scores in scored.items()
            }
        for decision in decisions.values():
            self._metrics.outcomes.labels(decision.outcome.value).inc()
        return decisions

    def _request(self, scores: PlayerScores) -> GateRequest:
        return GateRequest(scores.player_id, scores.newest_as_of, scores.harm, self._threshold)
