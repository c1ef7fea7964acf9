"""Whatever is handed to `land`, it is refused in words or landed whole; no row is lost."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import MoneyError, SourceError
from core.events.dead_letter import letters
from core.settings import Settings, settings_from
from features.manifest import read_manifest
from pipelines import cli
from pipelines.landing.adapter import adapter_named, adapters_by_name
from pipelines.landing.column_map import read_map
from pipelines.landing.commit import writing
from pipelines.landing.counts import Tally
from pipelines.landing.land import Sources, land

HEAD = "player,when,kind,amount,currency"
ROW = "p1,2025-01-02 03:04:05,deposit,12.50,EUR"
MAP = """
source: acme/cashier
player: player
occurred: when
fields:
  payment_id: {event_id: true}
  amount_minor: amount
  currency: currency
  exchange_rate_e6: {value: 1000000}
facts:
  - {fact: deposit_approved, when: {kind: deposit}}
"""
UNREADABLE = {
    "empty.csv": (b"", "empty.csv is empty"),
    "utf16.csv": (f"{HEAD}\n{ROW}\n".encode("utf-16"), "is UTF-16 - expected UTF-8"),
    "twins.csv": (b"player,when,kind,amount,currency,Player\n", "two columns called 'player'"),
    "endless.csv": (f"{HEAD}\n{'x' * 3_000_000}{ROW}\n".encode(), "Maximum line size of 2000000"),
    "quote.csv": (f'{HEAD}\n"{ROW}\n{ROW}\n'.encode(), "a quote left open"),
    "short.csv": (b"player,when,kind,amount\np1,2025-01-02,deposit,1\n", "no column 'currency'"),
    "torn.parquet": (b"PAR1 and no more", "torn.parquet cannot be read"),
    "sheet.xlsx": (b"PK", "is of no kind that can be read"),
}
MISTAKES = {
    "occurred: when": ("occurred: {column: when, format: '%Q'}", "format '%Q' cannot be used"),
    "player: player": ("playr: player", "unknown field `playr`"),
    "{value: 1000000}": ("{value: 1.5}", "exchange_rate_e6 cannot be 1.5 - expected a whole"),
    "amount_minor: amount": ("amount_minor: {value: lots}", "amount_minor cannot be 'lots'"),
    "source: acme/cashier": ("source: [acme", "expected a column map"),
    "when: {kind: deposit}": ("when: {knd: deposit}", "did you mean 'kind'"),
}


def _land(path: Path, house: Settings, text: str = MAP) -> dict[str, Tally]:
    file = house.home.parent / "map.yaml"
    file.write_text(text)
    landing = land(Sources((path,), adapter_named("columns"), read_map(file)), house)
    return {tally.fact: tally for tally in landing.tallies}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_none_is_refused_with_its_reason(
    name: str, house: Settings, tmp_path: Path
) -> None:
    body, reason = UNREADABLE[name]
    (tmp_path / name).write_bytes(body)

    with pytest.raises(SourceError, match=reason):
        _land(tmp_path / name, house)

    assert not read_manifest(house.warehouse).parts


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_in_a_map_is_named_before_a_row_is_read(
    line: str, house: Settings, tmp_path: Path
) -> None:
    mistake, reason = MISTAKES[line]
    (tmp_path / "a.csv").write_text(f"{HEAD}\n{ROW}\n")

    with pytest.raises(SourceError, match=reason):
        _land(tmp_path / "a.csv", house, MAP.replace(line, mistake))


def test_a_line_in_another_encoding_is_kept_aside_and_lines_keep_their_numbers(
    house: Settings, tmp_path: Path
) -> None:
    good = b'{"player":"p1","when":"2025-01-02","kind":"deposit","amount":1,"currency":"EUR"}'
    lines = [b'{"player":"Jos\xe9"}', good, b'{"player":"Ren\xe9"}', b"no json", good, b"[1]"]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))

    tallies = _land(tmp_path / "a.jsonl", house)

    kept = {one.line: one.reason for one in letters(house.dead_letter / "a.jsonl")}
    assert sorted(kept) == [1, 3, 4, 6]
    assert "not utf-8" in kept[1]
    assert kept[4] == "the line is no JSON object"
    assert (tallies["deposit_approved"].accepted, tallies["deposit_approved"].duplicate) == (1, 1)


@pytest.mark.parametrize("name", ["export.csv", "nothing_here", "raw"])
def test_a_source_without_facts_says_what_a_source_is(
    name: str, house: Settings, tmp_path: Path
) -> None:
    (tmp_path / "export.csv").write_text(f"{HEAD}\n{ROW}\n")
    (tmp_path / "nothing_here").mkdir()
    (tmp_path / "raw/deposit_approved").mkdir(parents=True)
    (tmp_path / "raw/deposit_approved/0.parquet").write_bytes(b"PAR1 and no more")

    with pytest.raises(SourceError, match="expected a folder with <fact>"):
        land(Sources((tmp_path / name,), adapter_named("contract_parquet")), house)


def test_the_command_line_tells_a_mistake_in_one_line_whatever_the_file_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path / "home"))
    name = tmp_path / "[" / "bold].csv"
    name.parent.mkdir()
    name.write_text("x")
    monkeypatch.setattr(sys, "argv", ["evenhand", "land", str(name)])

    with pytest.raises(SystemExit, match="1"):
        cli.main()

    told = capsys.readouterr().err.strip()
    assert told.startswith("SourceError: ")
    assert f"{name} is a file" in told
    assert "\n" not in told


def test_a_home_that_cannot_be_written_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", ["evenhand", "land", str(tmp_path)])

    with pytest.raises(SystemExit, match="1"):
        cli.main()

    assert "Not a directory" in capsys.readouterr().err


def test_a_base_currency_that_is_none_is_refused() -> None:
    with pytest.raises(MoneyError, match="EVENHAND_BASE_CURRENCY is 'euro'"):
        settings_from({"EVENHAND_BASE_CURRENCY": "euro"})


def _land_one(path: Path, home: Path) -> None:
    file = home.parent / "map.yaml"
    land(Sources((path,), adapter_named("columns"), read_map(file)), Settings(home=home))


def test_landings_at_the_same_time_lose_no_fact(house: Settings, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP)
    files = [tmp_path / f"{number}.csv" for number in range(4)]
    for number, file in enumerate(files):
        file.write_text(f"{HEAD}\n{ROW}\n{ROW.replace('p1', f'q{number}')}\n")
    fresh = multiprocessing.get_context("spawn")
    landings = [fresh.Process(target=_land_one, args=(file, house.home)) for file in files]

    for landing in landings:
        landing.start()
    for landing in landings:
        landing.join()

    assert [landing.exitcode for landing in landings] == [0] * 4
    manifest = read_manifest(house.warehouse)
    assert manifest.version == 4
    assert sum(part.rows for part in manifest.parts["deposit_approved"].values()) == 5


def test_a_landing_that_waits_for_another_says_so_and_an_interrupt_lands_nothing(
    house: Settings, tmp_path: Path
) -> None:
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "a.csv").write_text(f"{HEAD}\n{ROW}\n")
    command = [sys.executable, "-m", "pipelines", "land", "a.csv", "--map", "map.yaml"]
    root = Path(cli.__file__).parents[1]
    environ = {**os.environ, "EVENHAND_HOME": str(house.home), "PYTHONPATH": str(root)}

    with (
        writing(house.warehouse),
        subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE) as waiting,
    ):
        told = waiting.stderr.readline() if waiting.stderr else b""
        waiting.send_signal(signal.SIGINT)
        code = waiting.wait(timeout=60)

    assert b"another process writes" in told
    assert code == 130
    assert not read_manifest(house.warehouse).parts
    assert _land(tmp_path / "a.csv", house)["deposit_approved"].accepted == 1


def test_foreign_amounts_at_a_rate_of_one_are_warned_of(
    house: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD}\n{ROW}\n{ROW.replace('EUR', 'GBP')}\n")
    (tmp_path / "b.csv").write_text(f"{HEAD}\n{ROW}\n")

    _land(tmp_path / "b.csv", house)
    said_of_euros = caplog.text
    _land(tmp_path / "a.csv", house)

    assert not said_of_euros
    assert "amounts in GBP are counted one to one as EUR" in caplog.text


def test_help_names_every_adapter() -> None:
    shown = CliRunner().invoke(cli.app, ["land", "--help"]).output

    assert [name for name in adapters_by_name() if name not in shown] == []


def test_the_fields_a_map_must_give_can_be_asked_for() -> None:
    shown = CliRunner().invoke(cli.app, ["events", "list", "--fact", "deposit_approved"]).output

    needed = [line.split()[1] for line in shown.splitlines() if "│ yes" in line]
    assert needed == ["currency", "exchange_rate_e6", "payment_id", "amount_minor"]
