"""PostgreSQL chains by itself exactly as Python does, for any text, from any number of writers."""

from __future__ import annotations

import random
import threading

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.audit.append import append_all
from core.audit.chain import chained
from core.audit.entry import Body, Entry, Head, body_of
from core.audit.opening import appending, looking
from core.audit.postgres_function import argument_of
from core.audit.tables import ENTRY
from core.errors import LogError
from tests.core.audit.logs import body, breaking
from tests.core.audit.test_canonical import JSON, TEXTS

COLUMNS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
BODIES = st.builds(
    lambda at_us, player, event, rule, said, key: body_of(
        {"at_us": at_us, "player_id": player, "event": event, "rule_id": rule, f"x{key}": said}
    ),
    st.integers(-(2**63), 2**63 - 1), COLUMNS, COLUMNS, COLUMNS, JSON, TEXTS,
)  # fmt: skip
CHAINS = st.sampled_from(["rg:GB", "rg:DE", "aml:GB", "kyc:gb", "access:GB-1"])


def _asked(connection: psycopg.Connection, bodies: dict[str, list[Body]]) -> None:
    """Append in one question over the simple protocol, as the ledger does."""
    connection.execute("SELECT audit_append(%s)", (argument_of(bodies).decode(),))


def _entries(url: str) -> list[Entry]:
    columns = [ENTRY.c[name] for name in Entry.__struct_fields__]
    with looking(url) as connection:
        ordered = select(*columns).order_by(ENTRY.c.chain.collate("C"), ENTRY.c.seq)
        return [Entry(*row) for row in connection.execute(ordered)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(CHAINS, st.lists(BODIES, max_size=3), max_size=3), max_size=3))
def test_the_database_does_the_same_sum(
    postgres_log_url: str, calls: list[dict[str, list[Body]]]
) -> None:
    heads, expected = dict[str, Head](), list[Entry]()
    with psycopg.connect(postgres_log_url) as connection:
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        connection.execute("ALTER TABLE audit_head DISABLE TRIGGER USER")
        connection.execute("TRUNCATE audit_entry, audit_head")
        for call in calls:
            _asked(connection, call)
    for call in calls:
        for chain, bodies in call.items():
            entries = list(chained(heads.get(chain, Head(chain)), bodies))
            expected += entries
            if entries:
                heads[chain] = Head(chain, entries[-1].seq, entries[-1].hash)

    assert _entries(postgres_log_url) == sorted(expected, key=lambda e: (e.chain, e.seq))
    assert all(breaking(postgres_log_url, chain) is None for chain in heads)


def test_both_ways_go_on_where_the_other_ended(postgres_log_url: str) -> None:
    for number in range(0, 40, 4):
        said = [body(number), body(number + 1)]
        with psycopg.connect(postgres_log_url) as connection:
            _asked(connection, {"rg:GB": [body_of(one) for one in said]})
        with appending(postgres_log_url) as connection:
            append_all(connection, {"rg:GB": [body(number + 2), body(number + 3)]})

    assert [entry.seq for entry in _entries(postgres_log_url)] == list(range(1, 41))
    assert breaking(postgres_log_url) is None


def test_a_chain_without_a_name_is_refused_before_the_database_sees_it() -> None:
    with pytest.raises(LogError):
        argument_of({"rg": [Body("{}", 1)]})


WRITERS, TURNS = 16, 12


@pytest.mark.timeout(300)
def test_sixteen_writers_leave_one_line_without_gaps(postgres_log_url: str) -> None:
    failures, start = list[BaseException](), threading.Barrier(WRITERS)
    told = [0] * WRITERS

    def write(number: int) -> None:
        chance = random.Random(number)
        start.wait()
        try:
            for turn in range(TURNS):
                names = chance.sample(["rg:GB", "rg:DE", "rg:MT"], chance.randint(1, 3))
                said: dict[str, list[object]] = {
                    chain: [body(number * 1_000 + turn)] * chance.randint(1, 4)
                    for chain in dict.fromkeys([*names, "rg:GB"])
                }  # named in any order, locked in one
                is_kept = chance.random() < 0.8
                _write(postgres_log_url, said, is_plain=turn % 2 == 0, is_kept=is_kept)
                told[number] += len(said["rg:GB"]) * is_kept
        except (psycopg.Error, AssertionError) as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert failures == []
    ours = [entry for entry in _entries(postgres_log_url) if entry.chain == "rg:GB"]
    assert [entry.seq for entry in ours] == list(range(1, sum(told) + 1))
    assert all(breaking(postgres_log_url, c) is None for c in ("rg:GB", "rg:DE", "rg:MT"))


def _write(url: str, said: dict[str, list[object]], *, is_plain: bool, is_kept: bool) -> None:
    """Append by one of the two ways; roll back what is not to be kept."""
    if is_plain:
        with psycopg.connect(url) as connection:
            _asked(connection, {c: [body_of(one) for one in some] for c, some in said.items()})
            if not is_kept:
                connection.rollback()
        return
    with appending(url) as core:
        append_all(core, said)
        if not is_kept:
            core.exec_driver_sql("ROLLBACK")
