import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.rg_state import FOREVER, Hold, HoldKind, RgState
from core.rg_store import RgStateReader, write_rg_state
from core.rule import Knowledge

KNOWN_AT = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)
EXCLUDED = RgState({HoldKind.SELF_EXCLUDED: Hold(KNOWN_AT - timedelta(days=3), FOREVER)}, 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rg_state.sqlite"
    write_rg_state(path, [("open", RgState()), ("out", EXCLUDED)], known_at=KNOWN_AT)
    return path


def test_what_was_written_is_read(path: Path) -> None:
    known = RgStateReader(path).look_up(["out", "open", "nobody"])

    assert known == {
        "out": Knowledge(EXCLUDED, KNOWN_AT),
        "open": Knowledge(RgState(), KNOWN_AT),
        "nobody": Knowledge(None, KNOWN_AT),
    }


def test_the_file_can_be_read_by_a_person(path: Path) -> None:
    rows = sqlite3.connect(path).execute("SELECT player_id, state FROM player_state").fetchall()

    assert dict(rows) == {"open": "open", "out": "self_excluded"}


def test_a_new_file_is_seen_by_a_reader_that_holds_the_old_one(path: Path) -> None:
    reader = RgStateReader(path)
    assert reader.look_up(["open"])["open"].state == RgState()

    write_rg_state(path, [("open", EXCLUDED)], known_at=KNOWN_AT + timedelta(days=1))

    assert reader.look_up(["open"])["open"] == Knowledge(EXCLUDED, KNOWN_AT + timedelta(days=1))
    assert not list(path.parent.glob("*.new"))


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    known = RgStateReader(tmp_path / "none.sqlite").look_up(["p"])["p"]

    assert known.state is None
    assert "FileNotFoundError" in known.fault


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 99])
def test_a_broken_file_is_a_fault_and_mends_itself(path: Path, content: bytes) -> None:
    reader, good = RgStateReader(path), path.read_bytes()
    assert not reader.look_up(["open"])["open"].fault

    path.unlink()
    path.write_bytes(content)
    assert reader.look_up(["open"])["open"].fault

    path.unlink()
    path.write_bytes(good)
    assert reader.look_up(["open"])["open"].state == RgState()


@pytest.mark.parametrize("holds", ["[]", "{", '{"napping":[1,2,3]}', '{"blocked":[1]}', "null"])
def test_a_row_that_says_nothing_sensible_is_a_fault(path: Path, holds: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE player_state SET holds = ? WHERE player_id = 'open'", (holds,))
    connection.close()

    known = RgStateReader(path).look_up(["open"])["open"]

    assert known.state is None
    assert known.fault


def test_an_unknown_layout_is_a_fault(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE built SET layout = 99")
    connection.close()

    assert RgStateReader(path).look_up(["open"])["open"].fault


def test_a_locked_file_is_a_fault_within_its_patience(path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    known = RgStateReader(path, busy_s=0.01).look_up(["open"])["open"]
    holder.close()

    assert known.fault
