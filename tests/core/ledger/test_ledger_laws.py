"""Whatever is asked, repeated, mixed up or cut short: the ledger does what dictionaries would."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from core.ledger.audit import audit
from core.ledger.reading import reading
from tests.core.ledger.ledger_machine import LedgerMachine, Look

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))


@pytest.fixture
def look(ledger_url: str) -> Iterator[Look]:
    """The database itself, asked without the ledger's code."""
    is_sqlite = ledger_url.startswith("sqlite")
    connection: Any = (
        sqlite3.connect(ledger_url.removeprefix("sqlite:///"), isolation_level=None)
        if is_sqlite
        else psycopg.connect(ledger_url, autocommit=True)
    )
    # thousands of examples stand in one table, and nothing has counted its rows
    connection.execute("CREATE INDEX looked_up ON outgoing (player)")
    if not is_sqlite:
        connection.execute("SET enable_seqscan = off")

    def look(statement: str, values: Sequence[object]) -> list[dict[str, Any]]:
        said = statement if is_sqlite else statement.replace("?", "%s")
        found = connection.execute(said, values)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    yield look
    connection.close()


@pytest.mark.hypothesis  # as those of @given are: `make nightly` runs what bears it
@pytest.mark.timeout(max(900, 4 * EXAMPLES))
def test_the_ledger_does_what_dictionaries_would(ledger_url: str, look: Look) -> None:
    machine: Any = partial(LedgerMachine, ledger_url, look)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=30, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )  # fmt: skip

    with reading(ledger_url) as connection:
        assert audit(connection) == []
