"""The common export: records, their replacement, the chain of files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from core.compliance.load import packs
from core.errors import NotReadyError, SourceError
from pipelines.reporting.exporting import Exported, export
from pipelines.reporting.file_chain import CHAIN, first_broken, read_chain
from pipelines.reporting.known import Scope
from pipelines.reporting.period import period_of
from pipelines.reporting.pseudonyms import key_of, make_key, pseudonym
from pipelines.reporting.record import kinds, schema_of
from tests.pipelines.reporting.conftest import NOW_US, House

Home = Callable[[str], House]
KEY = b"k" * 32


def _export(house: House, out: Path, period: str, known: str = "", key: bytes = KEY) -> Exported:
    pack = packs()[house.pack]
    known_us = house.at_us(known) if known else NOW_US
    scope = Scope(pack, period_of(period, pack.zone), known_us)
    return export(house.settings.warehouse, scope, key, out)


def _lines(out: Path, kind: str, batch: int = 0) -> list[dict[str, Any]]:
    found = []
    for entry in read_chain(out).entries:
        if entry.kind == kind and entry.file and batch in (0, entry.batch):
            told = gzip.decompress((out / entry.file).read_bytes()).decode()
            found += [json.loads(line) for line in told.splitlines()]
    return found


def _bytes(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def _busy(house: House) -> House:
    house.player()
    house.player("p2")
    house.fact("deposit_approved", "2026-10-05 11:00", amount_minor=5000)
    house.bet("2026-10-05 12:00", 10_000, "r1", session_id="s1")
    house.win("2026-10-05 12:01", 30_000, "r1", session_id="s1")
    house.bet("2026-10-05 12:02", 500, "r2", session_id="s1")
    house.fact("session_ended", "2026-10-06 00:10", session_id="s1", duration_s=7200,
               stake_minor=1, win_minor=1)  # fmt: skip
    house.fact("limit_set", "2026-10-07 12:00", kind="deposit", period="day", change="new",
               amount_minor=2000)  # fmt: skip
    house.fact("player_self_excluded", "2026-10-08 12:00", scope="operator", player_id="p2")
    return house


def test_golden_55_a_win_that_should_be_more_replaces_its_record_and_adds_a_transaction(
    home: Home, tmp_path: Path
) -> None:
    house = _busy(home("NL"))
    house.land()
    _export(house, tmp_path, "2026-10", "2026-11-01 12:00")
    house.win("2026-10-05 15:00", 5_000, "r1", known="2026-11-02 12:00", activity_id="more",
              session_id="s1")  # fmt: skip
    house.land()

    done = _export(house, tmp_path, "2026-10")

    [before] = [one for one in _lines(tmp_path, "round", 1) if one["key"].endswith(":r1")]
    [after] = _lines(tmp_path, "round", 2)
    assert (before["body"]["stake_minor"], before["body"]["win_minor"]) == (10_000, 30_000)
    assert (after["body"]["stake_minor"], after["body"]["win_minor"]) == (10_000, 35_000)
    assert after["replaces_record_id"] == before["record_id"] != after["record_id"]
    assert after["key"] == before["key"]
    [extra] = _lines(tmp_path, "account_transaction", 2)
    assert (extra["action"], extra["body"]["amount_minor"]) == ("new", 5_000)
    assert done.counts["player_profile"] == {}
    assert [one["body"]["win_minor"] for one in _lines(tmp_path, "game_session", 2)] == [35_000]


def test_nothing_new_is_written_where_nothing_changed(home: Home, tmp_path: Path) -> None:
    house = _busy(home("NL"))
    house.land()
    _export(house, tmp_path, "2026-10")
    before = _bytes(tmp_path)

    _export(house, tmp_path, "2026-10")

    assert _bytes(tmp_path) == before


def test_the_same_facts_give_the_same_files(home: Home, tmp_path: Path) -> None:
    house = _busy(home("NL"))
    house.land()

    for name in ("a", "b"):
        _export(house, tmp_path / name, "2026-10")

    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")


def test_every_line_is_of_its_schema_and_no_players_id_is_in_any_file(
    home: Home, tmp_path: Path
) -> None:
    house = _busy(home("NL"))
    house.fact("prize_paid", "2026-10-05 12:00", activity_id="j1", vendor_id="studio",
               amount_minor=100, kind="jackpot", game_id="g")  # fmt: skip
    house.land()
    _export(house, tmp_path, "2026-10")

    for name, kind in kinds().items():
        lines = _lines(tmp_path, name)
        assert lines, name
        for line in lines:
            jsonschema.validate(line, schema_of(kind))
            assert '"p1"' not in json.dumps(line)
            assert '"p1:' not in json.dumps(line)


def test_a_visit_over_midnight_is_told_on_the_day_it_ends(home: Home, tmp_path: Path) -> None:
    house = _busy(home("NL"))
    house.land()
    _export(house, tmp_path, "2026-10-05")
    _export(house, tmp_path, "2026-10-06")

    [line] = _lines(tmp_path, "game_session")

    assert line["day"] == "2026-10-06"
    assert line["body"]["stake_minor"] == 10_500


def test_a_record_whose_facts_moved_away_is_cancelled_and_may_come_again(
    home: Home, tmp_path: Path
) -> None:
    house = home("NL")
    house.player()
    house.bet("2026-10-05 12:00", 100, "r1", known="2026-10-05 12:01")
    house.land()
    _export(house, tmp_path, "2026-10-05")
    house.bet("2026-10-04 12:00", 100, "r1", known="2026-10-09 12:00")
    house.land()

    _export(house, tmp_path, "2026-10-05")
    [_, cancelled] = _lines(tmp_path, "round")
    _export(house, tmp_path, "2026-10-04")

    assert (cancelled["action"], cancelled["body"]) == ("cancellation", None)
    back = _lines(tmp_path, "round")[-1]
    assert (back["day"], back["replaces_record_id"]) == ("2026-10-04", cancelled["record_id"])
    assert first_broken(tmp_path) == ""


def test_a_kind_without_records_says_why(home: Home, tmp_path: Path) -> None:
    house = _busy(home("NL"))
    house.land()
    _export(house, tmp_path, "2026-10")

    [entry] = [one for one in read_chain(tmp_path).entries if one.kind == "jackpot"]

    assert "jackpot" in entry.reason
    assert entry.file == ""


@pytest.mark.parametrize("harm", ["changed", "missing", "taken out", "swapped", "reason"])
def test_verification_names_the_first_broken_file(home: Home, tmp_path: Path, harm: str) -> None:
    house = _busy(home("NL"))
    house.land()
    _export(house, tmp_path, "2026-10")
    assert first_broken(tmp_path) == ""
    said = json.loads((tmp_path / CHAIN).read_text())
    second = said["entries"][1]

    if harm == "changed":
        path = tmp_path / second["file"]
        path.write_bytes(gzip.compress(b"{}\n", mtime=0))
    elif harm == "missing":
        (tmp_path / second["file"]).unlink()
    elif harm == "taken out":
        del said["entries"][1]
    elif harm == "swapped":
        said["entries"][1], said["entries"][2] = said["entries"][2], said["entries"][1]
    else:
        second["records"] += 1
    if harm not in ("changed", "missing"):
        (tmp_path / CHAIN).write_text(json.dumps(said))

    assert first_broken(tmp_path).startswith("entry 2")


def test_a_folder_is_of_one_pack(home: Home, tmp_path: Path) -> None:
    dutch, maltese = _busy(home("NL")), _busy(home("MT"))
    dutch.land()
    maltese.land()
    _export(dutch, tmp_path, "2026-10")

    with pytest.raises(SourceError, match="is of NL"):
        _export(maltese, tmp_path, "2026-10")


def test_a_player_has_one_pseudonym_in_a_jurisdiction_and_another_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    for pack in ("GB", "MT"):
        make_key(path, pack)

    british, maltese = key_of(path, "GB"), key_of(path, "MT")

    assert pseudonym(british, "p1") == pseudonym(key_of(path, "GB"), "p1")
    assert pseudonym(british, "p1") != pseudonym(maltese, "p1")
    with pytest.raises(NotReadyError, match="has a key of GB"):
        make_key(path, "GB")
    path.chmod(0o644)
    with pytest.raises(NotReadyError, match="read by others"):
        key_of(path, "GB")
