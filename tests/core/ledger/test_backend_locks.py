"""Every backend: writers of one player or one reference follow each other; ids are unique."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from core.ledger.backend import LedgerBackend
from core.ledger.books import Wanted
from core.ledger.ledger import Ledger
from core.ledger.open_ledger import open_backend
from core.ledger.row import Row
from core.ledger.rows import Bet, Fund, Movement, Tombstone, Wallet
from core.ledger.units import units
from core.ledger.wallets import open_wallet
from tests.core.ledger.backend_rows import (
    bet,
    gift,
    load,
    movement,
    wallet,
    wanting,
    write,
)

BLOCKED_S = 0.2  # how long a thread that must wait is watched waiting


@pytest.fixture
def other_backend(ledger_url: str) -> Iterator[LedgerBackend]:
    """The same ledger as `ledger_backend`, opened by somebody else and ready at once."""
    with closing(open_backend(ledger_url)) as backend:
        load(backend, Wanted())
        yield backend


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def _is_blocked(answer: Future[Any]) -> bool:
    with pytest.raises(TimeoutError):
        answer.exception(BLOCKED_S)
    return True


def test_ids_rise_and_are_nobody_elses(
    ledger_backend: LedgerBackend, other_backend: LedgerBackend, threads: ThreadPoolExecutor
) -> None:
    def drawn(backend: LedgerBackend) -> list[int]:
        books = load(backend, Wanted({"anna"}), 20)
        return [books.new_id() for _ in range(20)]

    backends = [ledger_backend, other_backend] * 20
    given = [answer.result(30) for answer in [threads.submit(drawn, b) for b in backends]]

    assert len({number for numbers in given for number in numbers}) == 40 * 20
    assert all(numbers == sorted(numbers) for numbers in given)


def test_ids_drawn_after_anothers_commit_are_higher(
    ledger_backend: LedgerBackend, other_backend: LedgerBackend
) -> None:
    drawn = []
    for backend in (ledger_backend, other_backend) * 3:
        books = load(backend, Wanted({"anna"}), 17)
        drawn += [books.new_id() for _ in range(17)]

    assert drawn == sorted(drawn)


def test_two_writers_of_one_player_follow_each_other(
    ledger_backend: LedgerBackend, other_backend: LedgerBackend, threads: ThreadPoolExecutor
) -> None:
    write(ledger_backend, wallet("anna"))

    def raised() -> int:
        with other_backend.transaction() as transaction:
            met = transaction.load(Wanted({"anna"}), 0).get(Wallet, "anna")
            assert met is not None
            transaction.write([wallet("anna", met.version + 1)])
            return met.version

    with ledger_backend.transaction() as transaction:
        transaction.load(Wanted({"anna"}), 0)
        later = threads.submit(raised)
        assert _is_blocked(later)
        transaction.write([wallet("anna", 10)])

    assert later.result(30) == 10
    found = load(ledger_backend, Wanted({"anna"})).get(Wallet, "anna")
    assert found == wallet("anna", 11)


def test_what_came_while_a_lock_was_waited_for_is_seen(
    ledger_backend: LedgerBackend, other_backend: LedgerBackend, threads: ThreadPoolExecutor
) -> None:
    write(ledger_backend, wallet("anna"))
    wanted = Wanted({"anna"})
    wanted.add(Movement, "studio", "bet", "", "t1")

    def seen() -> Movement | None:
        return load(other_backend, wanted).get(Movement, "studio", "bet", "", "t1")

    with ledger_backend.transaction() as transaction:
        transaction.load(wanted, 0)
        later = threads.submit(seen)
        assert _is_blocked(later)
        transaction.write([movement(1, "t1")])

    assert later.result(30) == movement(1, "t1")


@pytest.mark.parametrize("kind", [Bet, Tombstone], ids=lambda kind: kind.table)
def test_a_reference_two_players_use_is_the_firsts(
    ledger_backend: LedgerBackend,
    other_backend: LedgerBackend,
    threads: ThreadPoolExecutor,
    kind: type[Row],
) -> None:
    write(ledger_backend, wallet("anna"), wallet("ben"))
    wanted = wanting(Bet, "studio", "", "b")
    wanted.players.add("anna")
    of_ben = wanting(kind, "studio", "", "b")
    of_ben.players.add("ben")
    of_ben.add(Bet, "studio", "", "b")

    def seen() -> Bet | None:
        return load(other_backend, of_ben).get(Bet, "studio", "", "b")

    with ledger_backend.transaction() as transaction:
        transaction.load(wanted, 0)
        later = threads.submit(seen)
        assert _is_blocked(later)
        transaction.write([bet("anna")])

    assert later.result(30) == bet("anna")


def test_threads_share_one_backend(
    ledger_backend: LedgerBackend, threads: ThreadPoolExecutor
) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    ledger, together = Ledger(ledger_backend), threading.Barrier(8)

    def gifts(name: str) -> None:
        together.wait(30)
        for number in range(5):
            ledger.post_one(gift("anna", f"{name} {number}", "1"))

    for answer in [threads.submit(gifts, str(n)) for n in range(8)]:
        answer.result(60)

    held = load(ledger_backend, Wanted({"anna"}, {("anna", "EUR")}))
    assert held.balances("anna", "EUR")[Fund.REAL] == units("40", "EUR")
