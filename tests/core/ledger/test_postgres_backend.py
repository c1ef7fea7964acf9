"""What can go wrong between the ledger and PostgreSQL ends soon, and says whether to ask again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import psycopg
import pytest

from core.errors import NotReadyError
from core.ledger import postgres_pool
from core.ledger.backend import BrokenLedgerError
from core.ledger.books import Wanted
from core.ledger.calls import RetryableError
from core.ledger.postgres_backend import PostgresBackend
from core.ledger.rows import Wallet
from tests.services.server import free_port, wait_until

ANNA = Wallet(player="anna", state="open", version=0, opened_us=1)
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"


@pytest.fixture
def backend(postgres_ledger_url: str) -> Iterator[PostgresBackend]:
    with closing(PostgresBackend(postgres_ledger_url, connections=1)) as opened:
        yield opened


@pytest.fixture
def beside(postgres_ledger_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_ledger_url, autocommit=True) as connection:
        yield connection


def _write(backend: PostgresBackend, *rows: Wallet) -> None:
    with backend.transaction() as transaction:
        transaction.load(Wanted({"anna"}), 1)
        transaction.write(rows)


def _found(backend: PostgresBackend) -> Wallet | None:
    with backend.transaction() as transaction:
        return transaction.load(Wanted({"anna"}), 0).get(Wallet, "anna")


def _use_all(backend: PostgresBackend) -> None:
    with ExitStack() as lent:
        for _ in range(3):
            lent.enter_context(backend.transaction()).load(Wanted(), 0)


def _cut(beside: psycopg.Connection) -> None:
    beside.execute(_OTHERS, (beside.info.dbname, beside.info.backend_pid))


def test_a_connection_cut_before_the_commit_is_asked_again_on_a_new_one(
    backend: PostgresBackend, beside: psycopg.Connection
) -> None:
    def cut_off() -> None:
        with backend.transaction() as transaction:
            transaction.load(Wanted({"anna"}), 1)
            transaction.write([ANNA])
            _cut(beside)

    with pytest.raises(RetryableError, match=r"57P01|08000"):
        cut_off()

    assert _found(backend) is None
    _write(backend, ANNA)
    assert _found(backend) == ANNA


def test_a_connection_cut_while_idle_is_asked_again_on_a_new_one(
    backend: PostgresBackend, beside: psycopg.Connection
) -> None:
    _write(backend, ANNA)
    _cut(beside)

    with pytest.raises(RetryableError):
        _found(backend)

    assert _found(backend) == ANNA


def test_a_server_started_again_costs_one_question_however_many_connections_there_were(
    postgres_ledger_url: str, beside: psycopg.Connection
) -> None:
    with closing(PostgresBackend(postgres_ledger_url, connections=3)) as backend:
        _use_all(backend)
        _cut(beside)

        with pytest.raises(RetryableError):
            _found(backend)

        _use_all(backend)


def test_a_lock_is_not_waited_for_forever(
    backend: PostgresBackend, beside: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres_pool.SETTINGS, "lock_timeout", "50ms")
    _write(backend, ANNA)

    with beside.transaction():
        beside.execute("SELECT FROM wallet FOR UPDATE")
        with pytest.raises(RetryableError, match="55P03"):
            _found(backend)

    assert _found(backend) == ANNA


def test_a_statement_does_not_run_forever(
    backend: PostgresBackend, beside: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres_pool.SETTINGS, "statement_timeout", "50ms")
    monkeypatch.setitem(postgres_pool.SETTINGS, "lock_timeout", "10s")

    with beside.transaction():
        beside.execute("LOCK TABLE wallet")
        with pytest.raises(RetryableError, match="57014"):
            _found(backend)


def test_of_two_that_wait_for_each_other_one_is_told_to_ask_again(
    postgres_ledger_url: str, beside: psycopg.Connection
) -> None:
    with closing(PostgresBackend(postgres_ledger_url)) as backend:
        beside.execute("SET deadlock_timeout = '1min'")  # so that it is not the one told
        ben = Wallet(player="ben", state="open", version=0, opened_us=1)
        _write(backend, ANNA)
        _write(backend, ben)

        def crossed() -> None:
            with backend.transaction() as transaction:
                transaction.load(Wanted({"ben"}), 0)
                with beside.transaction(), psycopg.ClientCursor(beside) as cursor:
                    cursor.execute("SELECT FROM wallet WHERE player = 'anna' FOR UPDATE")
                    beside.pgconn.send_query(b"SELECT FROM wallet WHERE player = 'ben' FOR UPDATE")
                    try:
                        transaction.load(Wanted({"anna"}), 0)
                    finally:
                        while beside.pgconn.get_result():
                            pass

        with pytest.raises(RetryableError, match="40P01"):
            crossed()


def test_a_character_the_database_cannot_keep_is_never_asked_again(
    backend: PostgresBackend,
) -> None:
    with pytest.raises(BrokenLedgerError):
        _write(backend, Wallet(player="an\0na", state="open", version=0, opened_us=1))

    _write(backend, ANNA)
    assert _found(backend) == ANNA


@pytest.mark.parametrize("name", ["it's", 'a "quoted" \\ name', "$$; DROP TABLE wallet", "жук"])
def test_a_name_is_a_name_whatever_it_holds(backend: PostgresBackend, name: str) -> None:
    row = Wallet(player=name, state="open", version=0, opened_us=1)
    _write(backend, row)

    with backend.transaction() as transaction:
        assert transaction.load(Wanted({name}), 0).get(Wallet, name) == row


def test_a_free_connection_is_not_waited_for_forever(
    backend: PostgresBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_pool, "FREE_S", 0.05)

    with (
        backend.transaction(),
        pytest.raises(RetryableError, match="no free connection"),
        backend.transaction(),
    ):
        pass

    assert _found(backend) is None


def test_who_waits_longest_gets_the_next_connection(postgres_ledger_url: str) -> None:
    pool, served = postgres_pool.PostgresPool(postgres_ledger_url, 1), list[int]()

    def ask(number: int) -> None:
        with pool.connection():
            served.append(number)

    with ThreadPoolExecutor(4) as threads:
        with pool.connection():
            answers = []
            for number in range(4):
                answers.append(threads.submit(ask, number))
                wait_until(lambda: len(pool._waiting) == len(answers))
        with pool.connection():  # gives back and asks again at once: stands behind them
            served.append(4)
        for answer in answers:
            answer.result(30)

    pool.close()
    assert served == [0, 1, 2, 3, 4]


def test_a_server_that_is_away_is_asked_again() -> None:
    with closing(PostgresBackend(f"postgresql://evenhand@127.0.0.1:{free_port()}/x")) as backend:
        for _ in range(2):
            with pytest.raises(RetryableError, match="does not answer"):
                _found(backend)


def test_a_closed_ledger_is_not_ready(backend: PostgresBackend) -> None:
    _write(backend, ANNA)
    backend.close()
    backend.close()

    with pytest.raises(NotReadyError, match="closed"):
        _found(backend)


def test_a_transaction_open_while_the_ledger_closes_may_end(
    backend: PostgresBackend, beside: psycopg.Connection
) -> None:
    with backend.transaction() as transaction:
        transaction.load(Wanted({"anna"}), 0)
        backend.close()
        transaction.write([ANNA])

    assert beside.execute("SELECT count(*) FROM wallet").fetchall() == [(1,)]


def test_without_the_driver_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(NotReadyError, match=r"pip install 'evenhand\[postgres\]'"):
        _found(PostgresBackend("postgresql://somewhere/x"))


def test_a_commit_means_on_disk_whatever_the_database_was_told(
    postgres_ledger_url: str, beside: psycopg.Connection
) -> None:
    name = beside.info.dbname
    beside.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())
    with closing(postgres_pool.PostgresConnection(postgres_ledger_url)) as connection:
        assert connection.ask(b"SHOW synchronous_commit")[0] == b"on"
