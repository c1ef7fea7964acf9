"""One request from wish to answer, within its deadline. Way: serving.http -> here -> the parts.

Features and models run in a lane (one thread with readers of its own); single players and batches
have a lane each, so that a large batch keeps nobody waiting. The gate is asked at the moment of
answering, also when the scores told are the last known ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from serving.answers import Audience, Json, answer
from serving.champions import Champions
from serving.gate import Gate
from serving.metrics import Metrics
from serving.ports import StoreDownError
from serving.problems import NO_CHAMPION, STORE_DOWN, TOO_SLOW, ProblemError
from serving.score import Memory, PlayerScores, Scorer, Wish


@dataclass(frozen=True, slots=True)
class Lane:
    """A thread that scores, and how long anybody waits for it."""

    scorer: Scorer
    deadline_s: float
    thread: ThreadPoolExecutor


def lane(scorer: Scorer, deadline_s: float, name: str) -> Lane:
    """Make a lane."""
    return Lane(scorer, deadline_s, ThreadPoolExecutor(1, thread_name_prefix=name))


@dataclass(frozen=True, slots=True)
class Engine:
    """The wired parts of a worker."""

    champions: Champions
    single: Lane
    batch: Lane
    gate: Gate
    last_known: Memory
    metrics: Metrics

    @property
    def is_ready(self) -> bool:
        """Say whether any model answers and there are features to score."""
        return bool(self.champions.current.champions) and self.single.scorer.is_ready()

    def close(self) -> None:
        """Let the lanes end; what is queued is dropped."""
        for held in (self.single, self.batch):
            held.thread.shutdown(wait=False, cancel_futures=True)

    async def answers(self, wish: Wish, audience: Audience, *, lane: Lane) -> dict[str, Json]:
        """Return the answers by player id; unknown players are left out.

        Raises:
            ProblemError: no model, no features, or no answer in time.
        """
        models = self.champions.current  # the one set this request uses
        missing = audience.models - models.champions.keys()
        if not models.champions or missing == audience.models:
            raise ProblemError(NO_CHAMPION)
        work = asyncio.get_running_loop().run_in_executor(
            lane.thread, lane.scorer.score, wish, models
        )
        try:
            scored = await asyncio.wait_for(work, lane.deadline_s)
        except TimeoutError:
            scored = self._recalled(wish)
            audience = replace(audience, is_stale=True)
        except StoreDownError as error:
            raise ProblemError(STORE_DOWN) from error
        return self._gated(scored, audience)

    def _recalled(self, wish: Wish) -> dict[str, PlayerScores]:
        found = {p: self.last_known.get((p, wish.models)) for p in wish.player_ids}
        scored = {player_id: scores for player_id, scores in found.items() if scores is not None}
        if len(scored) < len(found):
            raise ProblemError(TOO_SLOW)
        self.metrics.stale.inc(len(scored))
        return scored

    def _gated(self, scored: Mapping[str, PlayerScores], audience: Audience) -> dict[str, Json]:
        decisions = self.gate.decide(scored)
        return {p: answer(scores, decisions[p], audience) for p, scores in scored.items()}
