"""Landed facts are anonymised as their terms say: sums stay, players go, whatever stops a run."""

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.audit.append import append
from core.compliance.pack import Pack
from core.events.registry import facts
from core.kyc.vault import Vault
from core.retention.chain import entry
from core.retention.errors import RetentionError
from core.retention.holds import set_hold
from core.retention.terms import due_us
from features.manifest import Manifest, read_manifest, write_manifest
from features.sources import fact_schema, open_warehouse
from pipelines import retention
from pipelines.landing.commit import WarehouseWriter
from pipelines.retention import anonymise, found_facts
from pipelines.retention_due import facts_due, players_of
from pipelines.retention_rewrite import SCRAMBLED
from tests.core.kyc.vault_world import by
from tests.core.retention.retention_world import all_kept, kept, order, pack_of

PLAY = pack_of(kept("play", 5))
ONE_DATABASE = pytest.mark.parametrize("region", ["sqlite"], indirect=True)


FEW = ("player_registered", "player_closed", "bet_placed", "bet_won", "deposit_approved")


@pytest.fixture(scope="session")
def few_facts(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some facts of the small operator's warehouse, of two months; never write into it."""
    folder, manifest = tmp_path_factory.mktemp("few"), read_manifest(small_warehouse)
    parts = {name: dict(manifest.parts[name]) for name in FEW if name in manifest.parts}
    for name in ("bet_placed", "bet_won", "deposit_approved"):
        parts[name] = dict(sorted(parts[name].items())[-2:])
    for name, paths in parts.items():
        for path in paths:
            target = folder / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(small_warehouse / name / path, target)
    write_manifest(folder, Manifest(1, parts))
    return folder


@pytest.fixture
def house(few_facts: Path, tmp_path: Path) -> Path:
    """A warehouse of the test's own."""
    return Path(shutil.copytree(few_facts, tmp_path / "warehouse"))


def asked(house: Path, sql: str) -> Any:
    with open_warehouse(house) as connection:
        return connection.execute(sql).fetchall()


def newest(house: Path) -> int:
    return int(asked(house, "SELECT epoch_us(max(recorded_at)) FROM bet_placed")[0][0])


def years_later(pack: Pack, house: Path) -> int:
    return due_us(pack.zone, newest(house), 5)


def sums(house: Path) -> dict[str, Any]:
    found = {}
    with open_warehouse(house) as connection:
        for name in FEW:
            numbers = [f.name for f in fact_schema(facts()[name]) if f.name.endswith("_minor")]
            said = "".join(f", sum({one})" for one in numbers)
            found[name] = connection.execute(
                f"SELECT count(*), max(occurred_at), count(DISTINCT player_id){said} FROM {name}"
            ).fetchall()
    return found


def ids(house: Path, name: str, column: str = "player_id") -> set[str]:
    return {one for (one,) in asked(house, f"SELECT DISTINCT {column} FROM {name}")}


def said_by(vault: Vault, seq: int) -> dict[str, Any]:
    with vault.engine.begin() as connection:
        found: dict[str, Any] = entry(connection, "GB", seq)["inputs"]
    return found


@ONE_DATABASE
def test_players_and_their_ids_go_and_every_sum_stays(vault: Vault, house: Path) -> None:
    gone, before = players_of(house, "GB").all, sums(house)
    bets = ids(house, "bet_placed", "activity_id")
    at_us = years_later(PLAY, house)

    done = anonymise(vault, house, order(PLAY, at_us))

    assert done.entries == (1,)
    assert done.rows > 1000
    assert sums(house) == before
    assert not gone & ids(house, "bet_placed")
    assert gone & ids(house, "deposit_approved")  # its term is not known
    kept_bets = bets & ids(house, "bet_placed", "activity_id")
    assert 0 < len(kept_bets) < len(bets)
    assert list(found_facts(house, said_by(vault, 1))) == []
    assert anonymise(vault, house, order(PLAY, at_us)) == retention.Run(())


@ONE_DATABASE
def test_bets_and_wins_of_a_round_still_meet(vault: Vault, house: Path) -> None:
    meet = "SELECT count(*) FROM bet_placed JOIN bet_won USING (player_id, round_id, session_id)"
    before = asked(house, meet)

    anonymise(vault, house, order(PLAY, years_later(PLAY, house)))

    assert asked(house, meet) == before


@ONE_DATABASE
def test_nothing_of_a_player_is_left_in_any_byte_where_all_terms_are_over(
    vault: Vault, house: Path
) -> None:
    pack = all_kept(5)
    gone = players_of(house, "GB").all

    anonymise(vault, house, order(pack, years_later(pack, house)))

    with open_warehouse(house) as connection:
        for name in FEW:
            texts = [f.name for f in fact_schema(facts()[name]) if str(f.type) == "string"]
            for column in texts:
                rows = connection.execute(f"SELECT DISTINCT {column} FROM {name}").fetchall()
                assert not gone & {one for (one,) in rows}, (name, column)


@ONE_DATABASE
def test_rows_whose_term_runs_stay_beside_rows_whose_term_is_over(
    vault: Vault, house: Path
) -> None:
    gone = players_of(house, "GB").all
    at_us = years_later(PLAY, house) - 20 * 86_400_000_000

    anonymise(vault, house, order(PLAY, at_us))

    assert gone & ids(house, "bet_placed")
    assert any(name.startswith("anon-") for name in ids(house, "bet_placed"))
    assert list(found_facts(house, said_by(vault, 1))) == []


@ONE_DATABASE
def test_years_from_the_end_of_a_relationship_wait_for_it(vault: Vault, house: Path) -> None:
    pack = pack_of(kept("play", 5, "relationship_end"))
    players = players_of(house, "GB")
    at_us = years_later(pack, house)

    due = facts_due(house, pack, players, at_us, frozenset())

    assert {player for one in due for player in one.players} <= set(players.ended_us)
    assert len(players.ended_us) < len(players.all)


def test_a_hold_keeps_a_player_and_one_that_comes_meanwhile_stops_the_run(
    vault: Vault, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_us = years_later(PLAY, house)
    one, two = sorted(players_of(house, "GB").all & ids(house, "bet_placed"))[:2]
    with vault.engine.begin() as connection:
        set_hold(connection, ("GB", one), by("counsel", "file 1"), None)
    before = sums(house)

    def meanwhile(*said: Any) -> str:
        with vault.engine.begin() as connection:
            set_hold(connection, ("GB", two), by("counsel", "file 2", at_us), None)
        return planned(*said)

    planned = retention._planned
    with monkeypatch.context() as late:
        late.setattr(retention, "_planned", meanwhile)
        with pytest.raises(RetentionError, match="hold came meanwhile"):
            anonymise(vault, house, order(PLAY, at_us))
    assert sums(house) == before
    assert not any(name.startswith("anon-") for name in ids(house, "bet_placed"))

    anonymise(vault, house, order(PLAY, at_us))

    assert {one, two} <= ids(house, "bet_placed")
    assert players_of(house, "GB").all & ids(house, "bet_placed") == {one, two}


@pytest.mark.parametrize("after", ["_planned", "commit", "append"])
def test_a_run_that_died_anywhere_is_finished_and_told_by_the_next(
    vault: Vault, house: Path, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_us, before = years_later(PLAY, house), sums(house)
    with monkeypatch.context() as power:
        _fail_after(power, after)
        with pytest.raises(RuntimeError):
            anonymise(vault, house, order(PLAY, at_us))

    done = anonymise(vault, house, order(PLAY, at_us))

    assert len(done.entries) == 1
    said = said_by(vault, done.entries[0])
    assert list(found_facts(house, said)) == []
    assert said["files_after"]
    assert sums(house) == before
    assert anonymise(vault, house, order(PLAY, at_us)) == retention.Run(())


def _fail_after(power: pytest.MonkeyPatch, step: str) -> None:
    owner: Any = WarehouseWriter if step == "commit" else retention
    name = "_told" if step == "append" else step
    real = getattr(owner, name)

    def dies(*said: Any) -> None:
        real(*said)
        raise RuntimeError

    power.setattr(owner, name, dies)


@ONE_DATABASE
def test_a_proof_finds_facts_that_were_landed_again(vault: Vault, house: Path) -> None:
    copy = Path(shutil.copytree(house, house.with_name("copy")))
    anonymise(vault, house, order(PLAY, years_later(PLAY, house)))
    shutil.rmtree(house)
    shutil.copytree(copy, house)

    found = list(found_facts(house, said_by(vault, 1)))

    assert any(line.startswith("bet_placed: ") for line in found)
    assert any("still there as it was" in line for line in found)


@ONE_DATABASE
def test_a_clock_that_went_back_and_files_of_unknown_make_stop_a_run(
    vault: Vault, house: Path
) -> None:
    at_us = years_later(PLAY, house)
    stray = next((house / "bet_placed").glob("*/*.parquet"))
    shutil.copy(stray, stray.with_name("by_hand.parquet"))
    with pytest.raises(RetentionError, match="put there by hand"):
        anonymise(vault, house, order(PLAY, at_us))
    with vault.engine.begin() as connection:
        append(connection, "retention:GB", [{"at_us": at_us + 1, "event": "LATER"}])

    with pytest.raises(RetentionError, match="clock went back"):
        anonymise(vault, house, order(PLAY, at_us))


def test_every_id_of_a_fact_was_looked_at() -> None:
    of_the_house = {
        "affiliate_id", "bonus_id", "campaign_id", "game_id", "table_id", "vendor_id", "player_id",
        "event_id",
    }  # fmt: skip
    found = {
        field.name
        for fact in facts().values() for field in fact_schema(fact) if field.name.endswith("_id")
    }  # fmt: skip

    assert found - of_the_house == SCRAMBLED


@ONE_DATABASE
def test_an_entry_names_players_by_salted_hashes_only(vault: Vault, house: Path) -> None:
    gone = players_of(house, "GB").all
    anonymise(vault, house, order(PLAY, years_later(PLAY, house)))

    text = msgspec.json.encode(said_by(vault, 1)).decode()

    assert not any(f'"{name}"' in text for name in gone)
