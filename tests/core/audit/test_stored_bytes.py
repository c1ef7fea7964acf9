"""SQLite: bytes of the file itself are changed, past every trigger, index and check."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from core.audit.broken import BrokenChainError
from core.audit.chains import chains_of, index_flaws, stray_breaks
from core.audit.known import Witness, known_of
from core.audit.opening import looking
from core.audit.verify import first_break
from core.errors import NotReadyError
from tests.core.audit.logs import Signer, fill

FLIPS = max(400, int(os.environ.get("EVENHAND_EXAMPLES", "400")) // 5)
TABLES = ("audit_entry", "audit_head", "audit_checkpoint")
ORDERS = (
    "SELECT * FROM audit_entry NOT INDEXED ORDER BY +chain, +seq",
    "SELECT * FROM audit_entry WHERE chain = 'rg:GB' ORDER BY seq",
    "SELECT * FROM audit_entry WHERE player >= '' ORDER BY player, at_us, seq",
    "SELECT * FROM audit_entry WHERE at_us > -1 ORDER BY at_us, chain, seq",
    "SELECT * FROM audit_head ORDER BY chain", "SELECT * FROM audit_checkpoint ORDER BY chain, seq",
)  # fmt: skip


def _contents(path: Path) -> list[list[tuple[object, ...]]] | None:
    """Return what the file says, asked by each of its indexes; None if it cannot be read."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        try:
            return [connection.execute(order).fetchall() for order in ORDERS]
        except sqlite3.DatabaseError:
            return None


def _is_told(url: str, witness: Witness) -> bool:
    """Say whether a verification, as the verb does it, finds anything."""
    try:
        with looking(url) as connection:
            if index_flaws(connection) or any(True for _ in stray_breaks(connection)):
                return True
            return any(
                first_break(connection, chain, known_of(connection, chain, witness))
                for chain in chains_of(connection, witness.copies or ())
            )
    except (BrokenChainError, NotReadyError, DatabaseError):
        return True


@pytest.mark.timeout(600)
def test_no_changed_byte_of_the_file_changes_what_it_says_unseen(
    sqlite_log_url: str, tmp_path: Path
) -> None:
    path, signer = tmp_path / "log.sqlite", Signer(tmp_path)
    fill(sqlite_log_url, {"rg:GB": 40, "rg:DE": 9})
    copies = [signer.sign(sqlite_log_url), signer.sign(sqlite_log_url, "rg:DE")]
    witness = signer.witness(copies)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # all in one file
        pages = connection.execute("PRAGMA page_size").fetchone()[0]
    whole, sound, chance = path.read_bytes(), _contents(path), random.Random(3)
    assert sound is not None
    assert not _is_told(sqlite_log_url, witness)

    said = 0
    for _ in range(FLIPS):
        changed, place = bytearray(whole), chance.randrange(pages, len(whole))
        changed[place] ^= chance.randint(1, 255)
        path.write_bytes(changed)
        is_told = _is_told(sqlite_log_url, witness)
        said += is_told
        assert is_told or _contents(path) == sound, f"byte {place} of {len(whole)}"

    assert said > FLIPS // 4, "most bytes of the file are entries"
