"""A process is killed in the middle of posting, again and again: nothing answered is lost."""

import os
import random
import select
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select as selected

from core.ledger.audit import audit
from core.ledger.open_ledger import open_backend
from core.ledger.reading import reading
from core.ledger.rows import Movement
from core.ledger.schema import table_of
from tests.core.ledger.desks import Table

ROOT = Path(__file__).resolve().parents[3]
IS_NIGHTLY = int(os.environ.get("EVENHAND_EXAMPLES", "400")) >= 10_000
KILLS = 100 if IS_NIGHTLY else 20


def _killed_in_the_middle(url: str, first: int, chance: random.Random) -> list[int]:
    """Let a process post from a number on; kill it; return the numbers it said were answered."""
    program = [sys.executable, "-m", "tests.core.ledger.post_until_killed", url, str(first)]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(chance.randint(1, 30))]
        # until the next answer or a moment of its making, whichever comes first
        select.select([process.stdout], [], [], chance.random() * 0.01)
        process.kill()
        said += process.stdout.readlines()
    assert process.returncode < 0, f"it ended by itself after {said}"
    return [int(line) for line in said if line.endswith("\n")]


def _bets(url: str) -> list[int]:
    column = table_of(Movement).c
    wanted = selected(column.bet_ref).where(column.operation == "bet").order_by(column.id)
    with reading(url) as connection:
        return [int(name) for name in connection.execute(wanted).scalars()]


@pytest.mark.timeout(60 * KILLS)
def test_a_killed_process_loses_nothing_it_answered_and_leaves_nothing_half_done(
    ledger_url: str,
) -> None:
    backend = open_backend(ledger_url)
    Table(backend).fund(real=5)
    Table(backend, player="bert").fund(real=5)
    backend.close()
    chance, answered = random.Random(4), list[int]()

    for _ in range(KILLS):
        first = answered[-1] + 1 if answered else 0  # it may be done already: the reply was lost
        answered += _killed_in_the_middle(ledger_url, first, chance)

        assert answered == list(range(len(answered)))
        done = _bets(ledger_url)
        assert done[: len(answered)] == answered
        assert len(done) <= len(answered) + 1
        with reading(ledger_url) as connection:
            assert audit(connection) == []
