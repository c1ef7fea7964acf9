"""`evenhand events` says what the contract is and whether a file keeps it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.events.dead_letter import letters
from core.events.registry import facts_by_type
from pipelines.cli import app

MESSAGES = Path(__file__).resolve().parents[1] / "golden/fasttrack/messages.ndjson"
EVENTS = MESSAGES.with_name("events.ndjson")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Runner":
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")
    return Runner()


class Runner:
    def __call__(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(app, ["events", *map(str, arguments)])


def test_list_shows_every_type(run: Runner) -> None:
    shown = run("list")

    assert shown.exit_code == 0
    assert all(name in shown.output for name in facts_by_type())


def test_list_of_one_family_shows_only_it(run: Runner) -> None:
    shown = run("list", "--family", "kyc")

    assert "io.evenhand.kyc.document_checked.v1" in shown.output
    assert "io.evenhand.game" not in shown.output


def test_a_family_nobody_declared_is_refused_with_the_known_ones(run: Runner) -> None:
    shown = run("list", "--family", "poker")

    assert shown.exit_code == 1
    assert "payment" in str(shown.exception)


def test_the_schemas_are_fresh(run: Runner) -> None:
    shown = run("schemas", "--check")

    assert shown.exit_code == 0, shown.exception
    assert f"{len(facts_by_type())} schemas" in shown.output


def test_a_feed_that_keeps_the_contract_is_counted(run: Runner) -> None:
    shown = run("validate", MESSAGES, "--fasttrack")

    assert shown.exit_code == 0, shown.output
    assert "43 lines = 34 accepted + 9 unknown + 0 refused" in shown.output
    assert "fasttrack.LOTTERY (unknown, kept)" in shown.output


def test_a_file_that_breaks_it_ends_with_one_and_leaves_letters(
    run: Runner, tmp_path: Path
) -> None:
    kept = tmp_path / "letters.jsonl"

    shown = run("validate", EVENTS, "--dead-letter", kept)

    # The golden events stand beside notes of what was unknown, which are no events.
    assert shown.exit_code == 1
    assert "43 lines = 34 accepted + 0 unknown + 9 refused" in shown.output
    assert all("specversion" in letter.reason for letter in letters(kept))


def test_looking_twice_does_not_count_letters_twice(run: Runner, tmp_path: Path) -> None:
    run("validate", EVENTS)
    run("validate", EVENTS)

    assert len(list(letters(tmp_path / "home/dead_letter/validate/events.jsonl"))) == 9


def test_letters_go_back_to_lines(run: Runner, tmp_path: Path) -> None:
    kept, lines = tmp_path / "letters.jsonl", tmp_path / "again.ndjson"
    run("validate", EVENTS, "--dead-letter", kept)

    shown = run("replay", kept, lines)

    assert shown.exit_code == 0, shown.exception
    refused = [line for line in EVENTS.read_bytes().splitlines() if line.startswith(b'{"unknown"')]
    assert lines.read_bytes().splitlines() == refused


def test_a_file_that_is_not_there_is_said(run: Runner, tmp_path: Path) -> None:
    shown = run("validate", tmp_path / "missing.ndjson")

    assert shown.exit_code == 1
    assert "No such file" in str(shown.exception)
