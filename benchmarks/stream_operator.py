"""An operator to be scored live: models trained, views applied, a history in the log.

Way: the project's own commands -> here -> benchmarks.stream_scoring_latency.

The models are those of a simulated casino just large enough that `harm_90d` and `churn_30d` meet
their cards: what answers was promoted as every champion is, and the gate has its harm model.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.stream_messages import Messages
from core.errors import NotReadyError
from core.log.event_log import Entry
from core.log.open_log import open_log

PARTITIONS = 4
SIZE = ("--players", "10000", "--days", "400", "--seed", "3")
CARDS = ("harm_90d", "churn_30d")
APPROVERS = ("--approver", "a-scientist", "--approver", "a-risk-lead")
_DAY_US = 86_400_000_000
_AT_ONCE = 50_000
PROBED_FROM = 1_000_000_000  # of these players only the probe sends anything live


@dataclass(frozen=True, slots=True)
class Operator:
    """Where its commands run: their environment, with home, log, store and keys."""

    environment: Mapping[str, str]

    def run(self, *verb: str) -> None:
        """Run a command of `evenhand`.

        Raises:
            NotReadyError: it failed; its last words are in the message.
        """
        done = subprocess.run(
            [sys.executable, "-m", "pipelines", *verb], env=dict(self.environment),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise NotReadyError(
                f"`evenhand {' '.join(verb)}` ended with {done.returncode}: {done.stderr[-2000:]}",
                expected="0",
            )

    def train(self) -> None:
        """Simulate a casino, land it, train the cards and promote them."""
        self.run("simulate", *SIZE)
        self.run("land")
        for card in CARDS:
            self.run("train", card, "--promote", *APPROVERS)

    def remember(self, history: Iterable[Sequence[Entry]]) -> None:
        """Fill the log, and let a worker read it until nothing is left."""
        log = open_log(self.environment["EVENHAND_LOG"], PARTITIONS)
        try:
            for part in history:
                log.append(part)
        finally:
            log.close()
        self.run("features", "apply")
        self.run("stream", "run", "--until-caught-up")


def player_id(number: int) -> str:
    """Return the id messages give a player.

    >>> player_id(PROBED_FROM)
    '00003b9aca00'
    """
    return f"{number:012x}"


def history(players: int, probed: int, events: int) -> Iterator[list[Entry]]:
    """Yield what the last day brought: events of many players, and of those to be probed."""
    now = time.time_ns() // 1000
    others, own = Messages(players), Messages(probed, zipf=0.0, seed=11, first=PROBED_FROM)
    parts = max(1, events // _AT_ONCE)
    for part in range(parts):
        start = now - _DAY_US + part * _DAY_US // parts
        end = start + _DAY_US // parts - 1
        yield others.drawn(_AT_ONCE, start, end)
        yield own.drawn(50 * probed // parts, start, end)
