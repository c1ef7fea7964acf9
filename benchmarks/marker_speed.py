"""How soon a marker of harm is acted upon, and what watching costs beside reading the log.

A log in SQLite, a ledger with its log of decisions, the genuine watch in this process. Players bet,
pay in and write to the help desk; every so often one of them crosses a strong bound. `latency` is
from the instant before the deed is appended to the instant its decision is in the log of decisions.
`decode` is reading the same events and nothing else.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.tables import markdown
from core.clock import SystemClock
from core.compliance.desk import ComplianceDesk
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.opening import keep_packs
from core.compliance.request import Request
from core.compliance.standing import Standing
from core.events.codec import decode
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.families.game import BetPlaced
from core.events.families.player import PlayerRegistered
from core.events.families.support import TicketOpened
from core.ids import uuid7
from core.ledger.backend import LedgerBackend
from core.ledger.migrate import migrate
from core.ledger.open_ledger import open_backend
from core.ledger.wallets import open_wallet
from core.log.event_log import Entry, EventLog
from core.log.open_log import open_log
from pipelines.markers_live import Following, LiveMarkers, follow
from pipelines.stream.feed import entry_of

GB = packs()["GB"]
DISTRESS = TicketOpened(ticket_id="t", topic="responsible_gambling")
REGISTERED = PlayerRegistered(jurisdiction="GB", country="GB", currency="GBP", birth_year=1990)


class Timed:
    """A compliance desk that notes when it has decided about whom first."""

    def __init__(self, desk: ComplianceDesk) -> None:
        self.desk = desk
        self.decided: dict[str, float] = {}

    def ask(self, player: str, request: Request, trace_id: str = "") -> object:
        """Ask, and note the time."""
        reply = self.desk.ask(player, request, trace_id)
        self.decided.setdefault(player, time.perf_counter())
        return reply


def main() -> None:
    """Print latency and cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=200)
    parser.add_argument("--bets", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="markers-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
        migrate(url)
        with closing(open_backend(url)) as backend, closing(_log(folder)) as log:
            desk = Timed(_desk(backend, asked.players))
            bets = _play(asked.players, asked.bets)
            log.append(bets)
            live = LiveMarkers(desk, {"GB": GB}, "EUR", SystemClock())
            per_event, bare = _cost(live, [one.value for one in bets])
            waits = _latency(log, desk, live, asked.players)
    print(markdown(
        ["what", "value"],
        [
            ["deed to decision, p50", f"{statistics.median(waits) * 1e3:.1f} ms"],
            ["deed to decision, p99", f"{waits[len(waits) * 99 // 100] * 1e3:.1f} ms"],
            ["decode alone", f"{bare:.1f} us an event"],
            ["watch", f"{per_event:.1f} us an event, {per_event / bare:.1f} x"],
        ],
    ))  # fmt: skip
    print(f"\n{asked.bets:,} bets of {asked.players} players, {len(waits)} strong signs. Bar: 1 s.")


def _log(folder: Path) -> EventLog:
    return open_log(f"sqlite:///{folder / 'log.sqlite'}", 1)


def _desk(backend: LedgerBackend, players: int) -> ComplianceDesk:
    judges = {"GB": Judge(GB)}
    keep_packs(backend, judges)
    desk = ComplianceDesk(backend, judges)
    for number in range(players):
        open_wallet(backend, f"p{number}", "GBP", 0)
        desk.enrol(
            Standing(
                player=f"p{number}", jurisdiction="GB", currency="GBP", pseudonym=f"x{number}",
                born_on="1990-05-01", verified="full",
            )
        )  # fmt: skip
    return desk


def _play(players: int, bets: int) -> list[Entry]:
    now = SystemClock().now()
    start = now - timedelta(seconds=bets)
    found = [_entry(f"p{n}", REGISTERED, start - timedelta(days=30), n) for n in range(players)]
    for number in range(bets):
        bet = BetPlaced(
            activity_id=f"b{number}", round_id=f"b{number}", game_id="g", vendor_id="v",
            amount_minor=100, wager_minor=100, currency="GBP", exchange_rate_e6=1_150_000,
            balance_after_minor=50_000,
        )  # fmt: skip
        at = start + timedelta(seconds=number)
        found.append(_entry(f"p{number % players}", bet, at, number))
    return found


def _entry(player: str, fact: Fact, at: datetime, number: int) -> Entry:
    event = Event(
        id=uuid7(at, number), source="op/brand/test", subject=player, time=at, recorded=at,
        fact=fact,
    )  # fmt: skip
    return entry_of(event, "EUR")


def _cost(live: LiveMarkers, values: Sequence[bytes]) -> tuple[float, float]:
    """Return microseconds an event of the watch, and of decoding alone."""
    began = time.perf_counter()
    for value in values:
        decode(value, base_currency="EUR")
    bare = time.perf_counter() - began
    began = time.perf_counter()
    for place in range(0, len(values), 2_000):
        live.take(values[place : place + 2_000])
        live.say()
    return (time.perf_counter() - began) / len(values) * 1e6, bare / len(values) * 1e6


def _latency(log: EventLog, desk: Timed, live: LiveMarkers, players: int) -> list[float]:
    stop, waits = threading.Event(), list[float]()
    desk.decided.clear()
    reading = threading.Thread(target=follow, args=(log, live, stop, Following()))
    reading.start()
    for number in range(players):
        player, at = f"p{number}", SystemClock().now()
        signs = [_entry(player, DISTRESS, at, place) for place in range(2)]
        began = time.perf_counter()
        log.append(signs)
        while player not in desk.decided and time.perf_counter() - began < 10:
            threading.Event().wait(0.001)
        waits.append(desk.decided.get(player, began + 10) - began)
    stop.set()
    reading.join()
    return sorted(waits)


if __name__ == "__main__":
    main()
