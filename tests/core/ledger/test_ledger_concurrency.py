"""Sixty-four threads at a few players and one table: nothing lost, nothing twice, no deadlock.

`EVENHAND_CONCURRENCY_S` sets for how long (seconds, default 4). What must be in the ledger is known
from the threads' own answers; what is in it is read afterwards from the tables.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import psycopg
import pytest

from core.ledger.batcher import Batcher, Lanes
from core.ledger.calls import Action, Call, Outcome, Status
from core.ledger.ledger import Asked, Ledger
from core.ledger.postgres_backend import PostgresBackend
from core.ledger.units import units
from core.ledger.wallets import open_wallet

SECONDS = float(os.environ.get("EVENHAND_CONCURRENCY_S", "4"))
THREADS = 64
PLAYERS = tuple(f"player-{number}" for number in range(12))
HOT = PLAYERS[:2]
FUNDS = units("1000000", "EUR")
Post = Callable[[Call], Outcome]
Key = tuple[str, str]


@dataclass
class Crowd:
    """What the threads were answered; `kept` holds every movement's id and content by its key."""

    post: Post
    turn: threading.Lock = field(default_factory=threading.Lock)
    kept: dict[Key, tuple[int | None, str, int]] = field(default_factory=dict)
    statuses: Counter[Status] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def play(self, seed: int) -> None:
        """Ask for bets, wins, rollbacks, repeats and twisted repeats until the time is up."""
        drawn, end, number = random.Random(seed), time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            number += 1
            player = drawn.choice(HOT if drawn.random() < 0.5 else PLAYERS)
            # ids are shared by neighbouring threads, so the same one is asked for at once
            name = f"{seed // 4}-{number // 2}"
            for action in self._round(drawn, name):
                self._ask(player, action, repeats=drawn.random() < 0.2)

    def _round(self, drawn: random.Random, name: str) -> list[Action]:
        stake = units(drawn.choice((1, 1, 2)), "EUR")
        bet = Action("bet", name, stake, bet_ref=name, round_id="table-1")
        ended = drawn.choice((
            Action("win", f"w{name}", 2 * stake, bet_ref=name, round_id="table-1"),
            Action("rollback", f"r{name}", bet_ref=name, round_id="table-1"),
        ))  # fmt: skip
        asked = [bet, ended]
        if drawn.random() < 0.1:
            asked.reverse()  # a rollback, or a win, before its bet
        return asked

    def _ask(self, player: str, action: Action, *, repeats: bool) -> None:
        call = Call("studio", player, "EUR", (action,), at_us=1)
        for _ in range(2 if repeats else 1):
            [result] = self.post(call).results
            with self.turn:
                self.statuses[result.status] += 1
                if result.movement_id is not None:
                    self._note(player, action, result.movement_id)

    def _note(self, player: str, action: Action, movement_id: int) -> None:
        said = (movement_id, player, action.amount)
        key = (action.operation, action.transaction_id)
        if self.kept.setdefault(key, said) != said:
            self.faults.append(f"{key}: {self.kept[key]}, then {said}")


@pytest.mark.timeout(300 + 2 * SECONDS)
@pytest.mark.parametrize("way", ["batched", "one by one"])
def test_a_crowd_loses_nothing_and_does_nothing_twice(
    postgres_ledger_url: str, way: str, record_property: Callable[[str, object], None]
) -> None:
    with closing(PostgresBackend(postgres_ledger_url, connections=16)) as backend:
        ledger = Ledger(backend)
        for player in PLAYERS:
            open_wallet(backend, player, "EUR", 1)
            ledger.post_one(_gift(player))
        crowd = Crowd(_batched(ledger) if way == "batched" else ledger.post_one)

        with ThreadPoolExecutor(THREADS) as threads:
            for answer in [threads.submit(crowd.play, seed) for seed in range(THREADS)]:
                answer.result(SECONDS + 120)  # RetryableError, if it comes through, fails here

    record_property("answers", str(dict(crowd.statuses)))  # in --junitxml, -o junit_family=xunit1
    assert not crowd.faults
    assert crowd.statuses[Status.OK] > 100
    assert {Status.CONFLICT, Status.BET_TOMBSTONED} <= set(crowd.statuses)
    with psycopg.connect(postgres_ledger_url) as connection:
        _check_kept(connection, crowd)
        _check_money(connection)


def _gift(player: str) -> Call:
    return Call("house", player, "EUR", (Action("promotion", player, FUNDS),), at_us=1)


def _batched(ledger: Ledger) -> Post:
    batcher = Batcher(ledger, Lanes(count=4, most=16))

    def post(call: Call) -> Outcome:
        outcome = batcher.submit(Asked(call)).outcome
        assert outcome is not None
        return outcome

    return post


def _check_kept(connection: psycopg.Connection, crowd: Crowd) -> None:
    """The ledger holds exactly the movements that were answered, each once."""
    found = connection.execute(
        "SELECT operation, transaction_id, id, player, amount FROM movement WHERE provider = %s",
        ("studio",),
    ).fetchall()
    met = {(operation, name): (number, player) for operation, name, number, player, _ in found}

    assert len(found) == len(met)
    assert met == {key: said[:2] for key, said in crowd.kept.items()}


_NONE_OF = {
    "a movement whose legs do not sum to zero": (
        "SELECT movement_id FROM leg GROUP BY movement_id, currency HAVING sum(amount) <> 0"
    ),
    "a balance that is not the sum of its legs": (
        "SELECT a.id FROM account a LEFT JOIN leg l ON l.account_id = a.id"
        " WHERE a.player <> 'house' GROUP BY a.id, a.balance"
        " HAVING a.balance <> coalesce(sum(l.amount), 0)"
    ),
    "versions with gaps": (
        "SELECT a.id FROM account a JOIN leg l ON l.account_id = a.id WHERE a.player <> 'house'"
        " GROUP BY a.id, a.version HAVING max(l.version) <> a.version OR count(*) <> a.version"
    ),
    "a balance that is not its last leg's": (
        "SELECT a.id FROM account a JOIN leg l ON l.account_id = a.id AND l.version = a.version"
        " WHERE l.balance_after <> a.balance"
    ),
    "a bet that was settled or cancelled twice": (
        "SELECT bet_ref FROM movement WHERE operation IN ('win', 'rollback')"
        ' AND result LIKE \'%"moved":{"%\' GROUP BY bet_ref HAVING count(*) > 1'
    ),
    "a bet with a tombstone of its own": (
        "SELECT bet_ref FROM bet JOIN tombstone USING (provider, scope, bet_ref)"
    ),
    "a round whose stakes are not those of its bets that still stand": (
        "SELECT r.player FROM round r LEFT JOIN bet b ON b.provider = r.provider"
        " AND b.player = r.player AND b.round_id = r.round_id AND b.state <> 'cancelled'"
        " GROUP BY r.player, r.round_id, r.real HAVING r.real <> coalesce(sum(b.real), 0)"
    ),
    "a player told of more or fewer movements than there are": (
        "SELECT player, count(*) FROM movement GROUP BY player"
        " EXCEPT SELECT player, count(*) FROM outgoing GROUP BY player"
    ),
    "a deadlock, even one that asking again mended": (
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        " AND deadlocks > 0"
    ),
}


def _check_money(connection: psycopg.Connection) -> None:
    for what, question in _NONE_OF.items():
        assert connection.execute(question.encode()).fetchall() == [], what
