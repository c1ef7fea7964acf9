"""Calls of many threads share transactions, each gets its own answer or its own failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.ledger.backend import LedgerBackend, LedgerTransaction
from core.ledger.batcher import Batcher, Lanes, OverloadedError
from core.ledger.books import Books, Wanted
from core.ledger.calls import Action, Call, Outcome, RetryableError, Status
from core.ledger.ledger import Answered, Asked, Ledger, Reply
from core.ledger.row import Row
from core.ledger.rows import Fund, Movement
from core.ledger.wallets import open_wallet
from tests.core.ledger.desks import new_ledger_file, open_sqlite
from tests.services.server import wait_until

PLAYERS = ("anna", "ben", "carla")


@dataclass
class Gate:
    """A backend before which transactions wait for leave; it notes who was in each."""

    backend: LedgerBackend
    leave: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    began: list[set[str]] = field(default_factory=list)
    fails_with: Callable[[Wanted], Exception | None] = lambda _: None

    @contextmanager
    def transaction(self) -> Iterator[LedgerTransaction]:
        with self.backend.transaction() as transaction:
            yield Watched(self, transaction)

    def close(self) -> None:
        self.backend.close()


@dataclass
class Watched:
    """A transaction behind a gate."""

    gate: Gate
    transaction: LedgerTransaction

    def load(self, wanted: Wanted, ids: int) -> Books:
        self.gate.began.append(set(wanted.players))
        self.gate.leave.acquire()
        failure = self.gate.fails_with(wanted)
        if failure is not None:
            raise failure
        return self.transaction.load(wanted, ids)

    def write(self, rows: Sequence[Row]) -> None:
        self.transaction.write(rows)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    backend = open_sqlite(new_ledger_file(tmp_path / "ledger.sqlite"))
    for player in PLAYERS:
        open_wallet(backend, player, "EUR", 1)
    yield Gate(backend)
    backend.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as threads:
        yield threads


def _gift(player: str, name: str, amount: int = 5) -> Asked:
    return Asked(Call("house", player, "EUR", (Action("promotion", name, amount),), at_us=1))


def _waiting(batcher: Batcher, count: int) -> None:
    wait_until(lambda: len(batcher._waiting) == count, 10, f"{count} calls waiting")


def _result(answer: Future[Answered]) -> Outcome:
    outcome = answer.result(10).outcome
    assert outcome is not None
    return outcome


def test_a_call_nobody_waits_before_goes_at_once(gate: Gate) -> None:
    gate.leave.release()

    answered = Batcher(Ledger(gate)).submit(_gift("anna", "g"))

    assert answered.outcome is not None
    assert answered.outcome.balances[Fund.REAL] == 5


def test_calls_that_come_meanwhile_share_the_next_transaction(
    gate: Gate, pool: ThreadPoolExecutor
) -> None:
    batcher = Batcher(Ledger(gate), Lanes(count=1))
    first = pool.submit(batcher.submit, _gift("anna", "first"))
    wait_until(lambda: len(gate.began) == 1)
    later = []
    for number, player in enumerate(("ben", "carla", "ben", "anna")):
        later.append(pool.submit(batcher.submit, _gift(player, f"g{number}")))
        _waiting(batcher, number + 1)

    gate.leave.release(2)

    assert [_result(answer).balances[Fund.REAL] for answer in (first, *later)] == [5, 5, 5, 10, 10]
    assert gate.began == [{"anna"}, {"anna", "ben", "carla"}]


def test_a_batch_takes_no_more_than_it_may(gate: Gate, pool: ThreadPoolExecutor) -> None:
    batcher = Batcher(Ledger(gate), Lanes(count=1, most=2))
    answers = [pool.submit(batcher.submit, _gift("anna", "g0"))]
    wait_until(lambda: len(gate.began) == 1)
    for number, player in enumerate(("ben", "carla", "anna"), 1):
        answers.append(pool.submit(batcher.submit, _gift(player, f"g{number}")))
        _waiting(batcher, number)

    gate.leave.release(3)

    assert all(_result(answer).refusal is None for answer in answers)
    assert gate.began == [{"anna"}, {"ben", "carla"}, {"anna"}]


def test_a_player_being_written_waits_and_lets_others_pass(
    gate: Gate, pool: ThreadPoolExecutor
) -> None:
    batcher = Batcher(Ledger(gate), Lanes(count=2))
    anna = pool.submit(batcher.submit, _gift("anna", "g0"))
    wait_until(lambda: len(gate.began) == 1)
    again = pool.submit(batcher.submit, _gift("anna", "g1"))
    _waiting(batcher, 1)
    batcher_free = batcher._free
    ben = pool.submit(batcher.submit, _gift("ben", "g2"))
    wait_until(lambda: batcher._free == batcher_free - 1)

    gate.leave.release(3)

    assert _result(anna).balances[Fund.REAL] == 5
    assert _result(again).balances[Fund.REAL] == 10
    assert _result(ben).balances[Fund.REAL] == 5
    assert {"anna", "ben"} not in gate.began


def test_a_call_that_fails_fails_alone(gate: Gate, pool: ThreadPoolExecutor) -> None:
    batcher = Batcher(Ledger(gate), Lanes(count=1))
    gate.fails_with = lambda wanted: RetryableError("ben") if "ben" in wanted.players else None
    anna = pool.submit(batcher.submit, _gift("anna", "g0"))
    wait_until(lambda: len(gate.began) == 1)
    carla = pool.submit(batcher.submit, _gift("carla", "g2"))  # who leads is not at fault
    _waiting(batcher, 1)
    ben = pool.submit(batcher.submit, _gift("ben", "g1"))
    _waiting(batcher, 2)

    gate.leave.release(100)

    assert _result(anna).refusal is None
    assert _result(carla).balances[Fund.REAL] == 5
    with pytest.raises(RetryableError, match="ben"):
        ben.result(10)


def test_what_nobody_foresaw_reaches_the_thread_whose_call_it_is(
    gate: Gate, pool: ThreadPoolExecutor
) -> None:
    def says_nonsense(_: Outcome) -> Reply:
        raise KeyError("nonsense")

    batcher = Batcher(Ledger(gate), Lanes(count=1))
    anna = pool.submit(batcher.submit, _gift("anna", "g0"))
    wait_until(lambda: len(gate.began) == 1)
    carla = pool.submit(batcher.submit, _gift("carla", "g2"))  # who leads is not at fault
    _waiting(batcher, 1)
    ben = pool.submit(batcher.submit, Asked(_gift("ben", "g1").call, says_nonsense, "hash"))
    _waiting(batcher, 2)

    gate.leave.release(100)

    assert _result(anna).refusal is None
    assert _result(carla).refusal is None
    with pytest.raises(KeyError, match="nonsense"):
        ben.result(10)
    with gate.backend.transaction() as transaction:
        kept = Wanted(keys={Movement: {("house", "promotion", "", "g1")}})
        assert transaction.load(kept, 0).get(Movement, "house", "promotion", "", "g1") is None


def test_too_many_calls_are_turned_away_at_once(gate: Gate, pool: ThreadPoolExecutor) -> None:
    batcher = Batcher(Ledger(gate), Lanes(count=1, waiting=1))
    first = pool.submit(batcher.submit, _gift("anna", "g0"))
    wait_until(lambda: len(gate.began) == 1)
    second = pool.submit(batcher.submit, _gift("ben", "g1"))
    _waiting(batcher, 1)

    with pytest.raises(OverloadedError, match="1 calls wait"):
        batcher.submit(_gift("carla", "g2"))

    gate.leave.release(2)
    assert [_result(answer).results[0].status for answer in (first, second)] == [Status.OK] * 2


def test_many_threads_get_their_own_answers(gate: Gate) -> None:
    gate.leave.release(10_000)
    batcher = Batcher(Ledger(gate), Lanes(count=2, most=8))
    calls = [_gift(PLAYERS[n % 3], f"g{n}", 1 + n % 7) for n in range(300)]

    with ThreadPoolExecutor(32) as threads:
        outcomes = [
            _result(answer) for answer in [threads.submit(batcher.submit, c) for c in calls]
        ]

    moved = [outcome.results[0].moved[Fund.REAL] for outcome in outcomes]
    assert moved == [1 + n % 7 for n in range(300)]
    assert len({outcome.results[0].movement_id for outcome in outcomes}) == 300
    assert len(gate.began) < 300
    assert batcher._free == 2
    assert not batcher._busy
