"""Events written in one transaction with a ledger's rows, in SQLite and PostgreSQL."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.errors import LogError
from core.log.event_log import Bounds, Entry
from core.log.partitioning import partition_of
from core.log.postgres_log import PostgresLog
from core.log.sqlite_log import SqliteLog
from tests.services.logs import NewLog, Readings, entries, read_until, whole
from tests.services.server import wait_until

KEYS = {partition_of(f"player-{n}", 2): f"player-{n}" for n in range(9)}


@pytest.fixture
def postgres_log(new_log_url: NewLog) -> Iterator[tuple[PostgresLog, str]]:
    url = new_log_url("postgresql")
    log = PostgresLog(url, 2)
    yield log, url
    log.close()


def test_sqlite_keeps_ledger_rows_and_events_together_or_not_at_all(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "ledger.sqlite", 2)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as ledger:
        ledger.execute("CREATE TABLE posting (amount_minor INTEGER)")
        for ending in ("ROLLBACK", "COMMIT"):
            ledger.execute("BEGIN IMMEDIATE")
            ledger.execute("INSERT INTO posting VALUES (100)")
            log.append([Entry(KEYS[0], b"bet", 1)], ledger)
            ledger.execute(ending)

        assert ledger.execute("SELECT count(*) FROM posting").fetchone() == (1,)
    assert whole(log).of == {0: [(0, KEYS[0], b"bet")]}
    log.close()


def test_sqlite_refuses_to_append_outside_a_transaction(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "ledger.sqlite", 2)
    with (
        closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as ledger,
        pytest.raises(LogError, match="without an open transaction"),
    ):
        log.append(entries(1), ledger)
    log.close()


def test_a_sqlite_append_that_fails_leaves_nothing_and_the_log_usable(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "log.sqlite", 2)

    with pytest.raises(LogError, match="nothing was appended"):
        log.append([*entries(5), Entry("player-1", None, 0)])  # type: ignore[arg-type]

    log.append(entries(3))
    assert len(whole(log)) == 3
    log.close()


def test_postgresql_keeps_ledger_rows_and_events_together_or_not_at_all(
    postgres_log: tuple[PostgresLog, str],
) -> None:
    log, url = postgres_log
    with psycopg.connect(url) as ledger:
        ledger.execute("CREATE TABLE posting (amount_minor BIGINT)")
        ledger.commit()
        for end in (ledger.rollback, ledger.commit):
            ledger.execute("INSERT INTO posting VALUES (100)")
            log.append([Entry(KEYS[0], b"bet", 1)], ledger)
            end()

        assert ledger.execute("SELECT count(*) FROM posting").fetchone() == (1,)
    assert whole(log).of == {0: [(0, KEYS[0], b"bet")]}


def test_postgresql_refuses_to_append_outside_a_transaction(
    postgres_log: tuple[PostgresLog, str],
) -> None:
    log, url = postgres_log
    with (
        psycopg.connect(url, autocommit=True) as ledger,
        pytest.raises(LogError, match="without an open transaction"),
    ):
        log.append(entries(1), ledger)


def _waits(watcher: psycopg.Connection[Any]) -> bool:
    row = watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return row is not None and row[0] > 0


def test_a_transaction_that_commits_late_is_not_passed_by(
    postgres_log: tuple[PostgresLog, str],
) -> None:
    log, url = postgres_log
    reader = log.reader("readers", partitions=[0, 1])
    with psycopg.connect(url, autocommit=True) as watcher, psycopg.connect(url) as slow:
        log.append([Entry(KEYS[0], b"slow", 1)], slow)
        fast = threading.Thread(target=log.append, args=([Entry(KEYS[0], b"fast", 2)],))
        fast.start()
        wait_until(lambda: _waits(watcher), 10, "the second writer's waiting")
        assert len(reader.poll(10, 0.05)) == 0

        slow.commit()
        fast.join()

    assert read_until(reader, 2).of[0] == [(0, KEYS[0], b"slow"), (1, KEYS[0], b"fast")]
    reader.close()


def test_a_slow_transaction_holds_up_its_own_partition_only(
    postgres_log: tuple[PostgresLog, str],
) -> None:
    log, url = postgres_log
    with psycopg.connect(url) as slow:
        log.append([Entry(KEYS[0], b"slow", 1)], slow)
        log.append([Entry(KEYS[1], b"other", 2)])

        assert log.bounds(1) == Bounds(0, 1)
        assert log.bounds(0) == Bounds(0, 0)
        slow.rollback()


def test_writers_of_the_same_partitions_in_any_order_never_block_each_other_for_good(
    new_log_url: NewLog,
) -> None:
    url = new_log_url("postgresql")
    logs = [PostgresLog(url, 2) for _ in range(3)]

    def write(number: int) -> None:
        keys = [KEYS[number % 2], KEYS[1 - number % 2]]
        for turn in range(30):
            logs[number].append([Entry(key, b"%d/%d" % (number, turn), turn) for key in keys])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))

    read = whole(logs[0])
    for partition in (0, 1):
        assert read.offsets()[partition] == [*range(90)]
    for log in logs:
        log.close()


def test_a_postgresql_reader_goes_on_after_its_connection_was_cut(
    postgres_log: tuple[PostgresLog, str],
) -> None:
    log, url = postgres_log
    reader = log.reader("readers")
    log.append(entries(10))
    read = read_until(reader, 10)
    with psycopg.connect(url, autocommit=True) as watcher:
        watcher.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(LogError, match="does not answer"):
            reader.poll(1, 0)
        with pytest.raises(LogError, match="not known to be appended"):
            log.append(entries(1))

    log.append(entries(10, first=10))
    more = read_until(reader, 10)

    both: dict[int, list[int]] = Readings().offsets() | read.offsets()
    for number, offsets in more.offsets().items():
        assert both[number] + offsets == [*range(log.bounds(number).end)]
    reader.close()
