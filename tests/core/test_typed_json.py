"""Threads that read a type of JSON at one first moment all read it; a process once died of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.typed_json import reader_of
from tests.core.first_asked_by_many import new_kind

ROOT = Path(__file__).resolve().parents[2]
SHARED = ("core/ledger", "core/wallet", "core/providers", "core/compliance/records.py")
_UNSHARED = re.compile(r"json\.decode\([^\n]*\btype=")


def test_threads_that_meet_a_type_at_one_moment_all_read_it() -> None:
    command = [sys.executable, "-m", "tests.core.first_asked_by_many"]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)

    assert run.returncode == 0, run.stderr.decode()[-2_000:]


def test_a_type_has_one_reader() -> None:
    kind = new_kind(-1)

    assert reader_of(kind) is reader_of(kind)
    assert reader_of(kind).decode(b"{}") == kind()


@pytest.mark.parametrize("place", SHARED)
def test_what_the_wallets_threads_read_is_read_by_readers_they_may_share(place: str) -> None:
    here = ROOT / place
    files = sorted(here.rglob("*.py")) if here.is_dir() else [here]

    guilty = [path.name for path in files if _UNSHARED.search(path.read_text())]

    assert files
    assert guilty == [], "use core.typed_json.reader_of(kind).decode(...)"
