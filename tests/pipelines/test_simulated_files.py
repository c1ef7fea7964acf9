"""What the simulator writes: bytes by seed, tables by contract, disorder as planned."""

import hashlib
import typing
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from core.errors import SourceError
from core.events.registry import facts
from features.sources import fact_schema
from pipelines.cli import app
from pipelines.simulation.operator import simulate
from pipelines.simulation.plan import Plan


def _hashes(home: Path, seed: int) -> dict[str, str]:
    simulate(Plan(60, 45, seed, home / "raw", home / "truth"))
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*.parquet"))
    }


def _literals(name: str) -> dict[str, set[str]]:
    hints = typing.get_type_hints(facts()[name])
    found = {}
    for field, hint in hints.items():
        options = [hint, *typing.get_args(hint)]
        words = [o for o in options if typing.get_origin(o) is typing.Literal]
        if words:
            found[field] = set(typing.get_args(words[0]))
    return found


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    first, again, other = (
        _hashes(tmp_path / name, seed) for name, seed in (("a", 7), ("b", 7), ("c", 8))
    )

    assert first == again
    facts_made = [name for name in first.keys() & other.keys() if name.startswith("raw/")]
    assert facts_made
    assert all(first[name] != other[name] for name in facts_made)


def test_a_block_does_not_depend_on_how_many_follow(tmp_path: Path) -> None:
    from pipelines.simulation.operator import parts

    one, more = (
        next(iter(parts(Plan(players, 30, 7, tmp_path, tmp_path)))) for players in (2_500, 2_600)
    )

    assert one.facts["bet_placed"][0].equals(more.facts["bet_placed"][0])


def test_every_file_has_exactly_its_facts_table(small_raw: Path) -> None:
    for folder in sorted(small_raw.iterdir()):
        wanted = fact_schema(facts()[folder.name])
        for path in folder.glob("*.parquet"):
            assert pq.read_schema(path).equals(wanted), folder.name


def test_most_of_the_contract_is_simulated(small_raw: Path) -> None:
    made = {folder.name for folder in small_raw.iterdir()}
    families = {facts()[name].family for name in made}

    assert len(made) >= 45
    assert families >= {"player", "payment", "game", "session", "limit", "bonus", "support"}
    assert families >= {"device", "kyc", "live", "crm", "decision"}


def test_words_lie_within_the_contract(small_raw: Path) -> None:
    for folder in sorted(small_raw.iterdir()):
        for field, words in _literals(folder.name).items():
            table = pq.read_table(folder, columns=[field])
            met = set(table[field].unique().to_pylist()) - {None}
            assert met <= words, (folder.name, field)


def test_required_fields_are_never_null(small_raw: Path) -> None:
    for folder in sorted(small_raw.iterdir()):
        table = pq.read_table(folder)
        nulls = {f.name: table[f.name].null_count for f in table.schema if not f.nullable}
        assert not any(nulls.values()), folder.name


def test_disorder_is_as_planned(small_raw: Path) -> None:
    """Bets of the small operator: late 0.7-1.3 %, twice 0.1-0.3 %, clocks ahead below 0.05 %."""
    pattern = (small_raw / "bet_placed" / "*.parquet").as_posix()
    late, twice, ahead, sorted_ = duckdb.execute(
        f"""SELECT avg((recorded_at - occurred_at > INTERVAL 10 SECOND)::INT),
        1 - count(DISTINCT event_id) / count(*), avg((occurred_at > recorded_at)::INT),
        avg((recorded_at >= before)::INT)
        FROM (SELECT *, lag(recorded_at) OVER () AS before FROM read_parquet('{pattern}'))"""
    ).fetchall()[0]

    assert 0.007 < late < 0.013
    assert 0.001 < twice < 0.003
    assert 0 < ahead < 0.0005
    assert sorted_ < 0.99


def test_event_ids_are_uuid_version_7_of_their_instant(small_raw: Path) -> None:
    table = pq.read_table(small_raw / "session_ended", columns=["event_id", "occurred_at"])
    for row in table.slice(0, 200).to_pylist():
        made = row["event_id"]
        milliseconds = int(row["occurred_at"].timestamp() * 1000) if made.version == 7 else None

        assert made.version == 7
        assert made.variant == "specified in RFC 4122"
        assert milliseconds is not None


def test_truth_lies_apart_from_the_facts(small_home: Path) -> None:
    names = {path.name for path in (small_home / "truth").iterdir()}

    assert names == {"players", "harm_path", "activity_path", "campaigns"}
    assert not names & {path.name for path in (small_home / "raw").iterdir()}


def test_nothing_to_simulate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="at least 1 player"):
        Plan(10, 2, 7, tmp_path, tmp_path)


def test_the_command_replaces_what_was_there_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path))
    stale = tmp_path / "raw" / "bet_placed" / "part-00099.parquet"
    stale.parent.mkdir(parents=True)
    stale.touch()

    done = CliRunner().invoke(app, ["simulate", "--players", "20", "--days", "30"])

    assert done.exit_code == 0, done.output
    assert "player_registered" in done.output
    assert not stale.exists()
