"""A process is killed while it appends, again and again: the chains stay whole."""

from __future__ import annotations

import os
import random
import select
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select as selected

from core.audit.entry import Searched
from core.audit.opening import looking
from core.audit.tables import ENTRY
from tests.core.audit.logs import NOON_US, breaking

ROOT = Path(__file__).resolve().parents[3]
IS_NIGHTLY = int(os.environ.get("EVENHAND_EXAMPLES", "400")) >= 10_000
KILLS = 60 if IS_NIGHTLY else 10


def _killed_in_the_middle(url: str, first: int, chance: random.Random) -> list[int]:
    """Let a process append from a number on; kill it; return the numbers it said it committed."""
    program = [sys.executable, "-m", "tests.core.audit.append_until_killed", url, str(first)]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(chance.randint(1, 60))]
        # until it says more or a moment of its work, whichever comes first
        select.select([process.stdout], [], [], chance.random() * 0.02)
        process.kill()
        said += process.stdout.readlines()
    assert process.returncode < 0, f"it ended by itself after {said}"
    return [int(line) for line in said if line.endswith("\n")]


def _numbers(url: str) -> list[int]:
    wanted = selected(ENTRY.c.body).where(ENTRY.c.chain == "rg:GB").order_by(ENTRY.c.seq)
    with looking(url) as connection:
        bodies = connection.execute(wanted).scalars().all()
    return [(msgspec.json.decode(b, type=Searched).at_us - NOON_US) // 1_000_000 for b in bodies]


STATEMENTS = 24
"""More than three transactions have: both chains, both of PostgreSQL's ways."""


@pytest.mark.timeout(60 * STATEMENTS)
def test_after_whichever_statement_a_process_dies_the_chains_are_whole(log_url: str) -> None:
    begun, lengths = 0, set[int]()
    for statement in range(1, STATEMENTS + 1):
        program = [sys.executable, "-m", "tests.core.audit.append_until_killed", log_url]
        died = subprocess.run(
            [*program, str(begun), str(statement)], cwd=ROOT, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
        assert died.returncode < 0, died.stderr
        answered = [begun + n for n in range(len(died.stdout.split()))]

        numbers = _numbers(log_url)
        assert [number for number in numbers if number >= begun] == answered
        assert breaking(log_url) is None
        assert breaking(log_url, "access:GB") is None
        begun = numbers[-1] + 1 if numbers else 0
        lengths.add(len(answered))

    assert {0, 1, 3} <= lengths, "it died in the first, the second and the third transaction"


@pytest.mark.timeout(60 * KILLS)
def test_a_killed_process_leaves_whole_chains_with_all_it_committed(log_url: str) -> None:
    chance, answered, begun = random.Random(80), list[int](), [0]

    for _ in range(KILLS):
        answered += _killed_in_the_middle(log_url, begun[-1], chance)

        numbers = _numbers(log_url)
        assert set(answered) <= set(numbers), "a committed entry is not there"
        assert len(numbers) - len(answered) <= 4 * len(begun), "more than what was under way"
        assert numbers == sorted(set(numbers))
        assert breaking(log_url) is None
        assert breaking(log_url, "access:GB") is None
        begun.append(numbers[-1] + 1)
