"""Entries stand in one line, in the transaction of what they tell of, and stay."""

from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from core.audit.append import append, append_all
from core.audit.chain import hash_of
from core.audit.create import create, upgrade
from core.audit.entry import GENESIS, Head
from core.audit.guards import missing_guards
from core.audit.opening import appending, looking
from core.audit.tables import ENTRY, HEAD, METADATA
from core.errors import LogError, NotReadyError
from tests.core.audit.logs import body, breaking, engine_of, fill


def _rows(url: str, chain: str = "rg:GB") -> list[tuple[int, str, str, str]]:
    wanted = select(ENTRY.c.seq, ENTRY.c.body, ENTRY.c.prev_hash, ENTRY.c.hash)
    with looking(url) as connection:
        return [tuple(row) for row in connection.execute(wanted.where(ENTRY.c.chain == chain))]


def test_each_entry_is_chained_to_the_one_before(log_url: str) -> None:
    with appending(log_url) as connection:
        head = append(connection, "rg:GB", [body(1), body(2)])
    with appending(log_url) as connection:
        append(connection, "rg:GB", [body(3)])

    link = GENESIS
    for place, (seq, told, prev_hash, own_hash) in enumerate(_rows(log_url), 1):
        assert (seq, prev_hash) == (place, link)
        link = hash_of(link, "rg:GB", seq, told)
        assert own_hash == link
    assert head == Head("rg:GB", 2, _rows(log_url)[1][3])


def test_chains_do_not_know_each_other(log_url: str) -> None:
    heads = fill(log_url, {"rg:GB": 23, "aml:GB": 11, "kyc:gb": 1})

    assert {chain: head.seq for chain, head in heads.items()} == {
        "rg:GB": 23, "aml:GB": 11, "kyc:gb": 1,
    }  # fmt: skip
    assert all(breaking(log_url, chain) is None for chain in heads)


def test_what_is_rolled_back_leaves_no_gap(log_url: str) -> None:
    fill(log_url, {"rg:GB": 3})

    with pytest.raises(ZeroDivisionError), appending(log_url) as connection:
        _ = append(connection, "rg:GB", [body(4), body(5)]).seq / 0  # what it tells of fails
    fill(log_url, {"rg:GB": 1})

    assert [row[0] for row in _rows(log_url)] == [1, 2, 3, 4]
    assert breaking(log_url) is None


def test_a_body_nobody_can_keep_leaves_nothing_of_the_others(log_url: str) -> None:
    with pytest.raises(LogError), appending(log_url) as connection:
        append_all(connection, {"rg:GB": [body(1)], "rg:MT": [body(2, at_us="noon")]})

    assert _rows(log_url) == []


def test_nothing_to_say_changes_nothing(log_url: str) -> None:
    fill(log_url, {"rg:GB": 2})

    with appending(log_url) as connection:
        assert append(connection, "rg:GB", []).seq == 2
    assert breaking(log_url) is None


@pytest.mark.parametrize("chain", ["", "rg", "rg:", "GB", "rg:G B", "rg:GB\n", "rg:é"])
def test_a_name_that_is_none_of_a_chain_is_refused(log_url: str, chain: str) -> None:
    with pytest.raises(LogError), appending(log_url) as connection:
        append(connection, chain, [body(1)])


REFUSED = (
    "UPDATE audit_entry SET body = '{}' WHERE seq = 2", "DELETE FROM audit_entry WHERE seq = 3",
    "DELETE FROM audit_entry", "UPDATE audit_checkpoint SET at_us = 1",
    "DELETE FROM audit_checkpoint", "DELETE FROM audit_head", "UPDATE audit_head SET seq = 1",
    "UPDATE audit_head SET hash = 'x'", "UPDATE audit_head SET chain = 'rg:MT', seq = 9",
)  # fmt: skip
TRUNCATED = tuple(
    f"TRUNCATE {t} CASCADE" for t in ("audit_entry", "audit_checkpoint", "audit_head")
)
REPLACED = (
    "REPLACE INTO audit_entry SELECT chain, seq, '{}', hash, hash, 0, '', '', '' FROM audit_entry",
    "INSERT OR REPLACE INTO audit_head VALUES ('rg:GB', 0, 'x')",
    "REPLACE INTO audit_checkpoint SELECT chain, seq, hash, 7, '', '', '' FROM audit_checkpoint",
)  # fmt: skip


def _filled(url: str) -> Engine:
    fill(url, {"rg:GB": 5})
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit_checkpoint (chain, seq, hash, at_us, key_id, prev_digest, signature)"
            " VALUES ('rg:GB', 1, 'h', 1, 'k', 'd', 's')"
        )
    return engine


@pytest.mark.parametrize("statement", REFUSED)
def test_what_was_written_cannot_be_changed_or_removed(log_url: str, statement: str) -> None:
    engine = _filled(log_url)

    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("statement", TRUNCATED)
def test_nothing_is_truncated(postgres_log_url: str, statement: str) -> None:
    engine = _filled(postgres_log_url)

    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("statement", REPLACED)
def test_nothing_is_replaced(sqlite_log_url: str, statement: str) -> None:
    engine = _filled(sqlite_log_url)

    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))


def test_missing_triggers_are_named(log_url: str) -> None:
    engine = engine_of(log_url)
    is_file = log_url.startswith("sqlite")
    dropped = "audit_entry_keeps_on_delete" if is_file else "audit_entry_keeps"
    with engine.begin() as connection:
        assert missing_guards(connection) == []
        on = "" if is_file else " ON audit_entry"
        connection.exec_driver_sql(f"DROP TRIGGER {dropped}{on}")
        assert missing_guards(connection) == [dropped]


def test_a_log_is_made_once_by_a_migration_or_a_store(log_url: str) -> None:
    fill(log_url, {"rg:GB": 3})
    engine = engine_of(log_url)
    with engine.begin() as connection:
        create(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        upgrade(Operations(context))

        assert compare_metadata(context, METADATA) == []
    assert breaking(log_url) is None


def test_keys_are_the_declared_ones(log_url: str) -> None:
    met = inspect(engine_of(log_url))

    for name, table in METADATA.tables.items():
        key = [column.name for column in table.primary_key]
        assert met.get_pk_constraint(name)["constrained_columns"] == key, name


def test_a_look_sees_one_instant_while_others_append(log_url: str) -> None:
    fill(log_url, {"rg:GB": 4})

    with looking(log_url) as connection:
        fill(log_url, {"rg:GB": 3})
        last = connection.execute(select(HEAD.c.seq)).scalar()
        seqs = connection.execute(select(ENTRY.c.seq).order_by(ENTRY.c.seq)).scalars().all()

    assert (last, seqs) == (4, [1, 2, 3, 4])


def test_a_look_cannot_write(log_url: str) -> None:
    with pytest.raises((DBAPIError, NotReadyError)), looking(log_url) as connection:
        connection.execute(insert(HEAD).values(chain="rg:GB", seq=0, hash=GENESIS))


def test_a_look_makes_no_file_and_names_what_is_missing(tmp_path: object) -> None:
    for opened in (looking, appending):
        with pytest.raises(NotReadyError), opened(f"sqlite:///{tmp_path}/none.sqlite"):
            pass
        with pytest.raises(NotReadyError), opened("mysql://somewhere/log"):
            pass
        hidden = opened("postgresql://u:geheim@127.0.0.1:1/x")
        with pytest.raises(NotReadyError) as raised, hidden:
            pass
        assert "geheim" not in str(raised.value)


def test_writers_of_one_file_take_turns(sqlite_log_url: str) -> None:
    failures = list[BaseException]()

    def write(seed: int) -> None:
        try:
            fill(sqlite_log_url, {"rg:GB": 20, "rg:DE": 5}, seed=seed)
        except NotReadyError as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert failures == []
    assert [row[0] for row in _rows(sqlite_log_url)] == list(range(1, 81))
    assert breaking(sqlite_log_url) is None
    assert breaking(sqlite_log_url, "rg:DE") is None
