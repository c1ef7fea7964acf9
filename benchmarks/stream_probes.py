"""Single events sent on a schedule, and how long until the scoring API shows each.

Way: a probe player's deposit -> the event log -> worker -> store -> scoring service -> here.

An answer shows an event when the `facts_known_until` in it is not before the instant the event was
recorded: of these players nobody else sends anything. Events are sent on their schedule whatever
becomes of the earlier ones, so that a pause of the machinery is seen by all that it kept waiting.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import OK, HTTPConnection

from benchmarks.http_servers import get
from core.clock import SystemClock
from core.events.envelope import Event
from core.events.families.payment import DepositApproved
from core.ids import uuid7
from core.log.event_log import Entry, EventLog
from pipelines.stream.feed import entry_of

Answer = dict[str, object]
Ask = Callable[[str], Answer]


@dataclass(slots=True)
class Probe:
    """One event: its player, when it was recorded, acknowledged, shown (seconds since then)."""

    player: str
    recorded: str
    began: float
    acknowledged_s: float | None = None
    shown_s: float | None = None
    is_protected: bool = False


@dataclass(slots=True)
class Prober:
    """Sends and asks; `every_s` between events, `pause_s` between two looks for the same one."""

    log: EventLog
    ask: Ask
    players: Sequence[str]
    every_s: float
    pause_s: float
    given_up_s: float = 10.0
    _sent: queue.SimpleQueue[Probe] = field(default_factory=queue.SimpleQueue)
    _number: int = 0

    def run(self, seconds: float) -> list[Probe]:
        """Send for so long; return every probe once it was shown or given up."""
        count = int(seconds / self.every_s)
        sender = threading.Thread(target=self._send, args=(count,), daemon=True)
        sender.start()
        done: list[Probe] = []
        waiting: list[Probe] = []
        while len(done) < count:
            waiting += self._came(is_idle=not waiting)
            over = [probe for probe in waiting if self._is_over(probe)]
            done += over
            waiting = [probe for probe in waiting if probe not in over]
            if waiting:
                time.sleep(self.pause_s)
        sender.join()
        return done

    def is_allowed(self, player: str) -> bool:
        """Say whether the service scores a player for this key now."""
        return bool(self.ask(player).get("code") == "allowed")

    def _send(self, count: int) -> None:
        began = time.monotonic()
        for place in range(count):
            time.sleep(max(0.0, began + place * self.every_s - time.monotonic()))
            player = self.players[self._number % len(self.players)]
            entry, recorded = deposit(player, self._number)
            self._number += 1
            probe = Probe(player, recorded, time.monotonic())
            self._sent.put(probe)
            self.log.append([entry])
            probe.acknowledged_s = time.monotonic() - probe.began

    def _came(self, *, is_idle: bool) -> list[Probe]:
        found = [self._sent.get(timeout=self.given_up_s)] if is_idle else []
        while not self._sent.empty():
            found.append(self._sent.get())
        return found

    def _is_over(self, probe: Probe) -> bool:
        answer = self.ask(probe.player)
        since = time.monotonic() - probe.began
        if answer.get("code") == "suppressed":
            probe.is_protected = True
        elif shows(answer, probe.recorded):
            probe.shown_s = since
        return probe.is_protected or probe.shown_s is not None or since > self.given_up_s


def asking(connection: HTTPConnection, key: str) -> Ask:
    """Return a way to ask the service for a player; a refusal is an empty answer."""

    def ask(player: str) -> Answer:
        status, body = get(connection, f"/v1/players/{player}/scores", key)
        return dict(json.loads(body)) if status == OK else {}

    return ask


def shows(answer: Answer, recorded: str) -> bool:
    """Say whether an answer counts what was recorded at an instant (as the API writes it).

    >>> shows({"facts_known_until": "2026-03-01T12:30:00.000001Z"}, "2026-03-01T12:30:00.000002Z")
    False
    """
    known = answer.get("facts_known_until")
    return isinstance(known, str) and known >= recorded


def deposit(player: str, number: int) -> tuple[Entry, str]:
    """Return a small deposit recorded now, and that instant as the API writes it."""
    now = SystemClock().now()
    fact = DepositApproved(
        payment_id=f"probe-{number}", amount_minor=500, currency="EUR", exchange_rate_e6=1_000_000
    )
    event = Event(
        id=uuid7(now, number), source="benchmark/probe/log", subject=player, time=now,
        recorded=now, fact=fact,
    )  # fmt: skip
    return entry_of(event, "EUR"), f"{now:%Y-%m-%dT%H:%M:%S.%fZ}"
