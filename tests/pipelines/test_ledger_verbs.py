"""`evenhand ledger`: what it prints and how it ends."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.errors import NotReadyError, SourceError
from core.ledger.rows import Hold
from pipelines.cli import app
from tests.core.ledger.desks import NOON_US, Table, new_ledger_file, open_sqlite

DAY = "2026-05-28"  # of NOON_US


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger's file."""
    return new_ledger_file(tmp_path / "ledger.sqlite")


@pytest.fixture
def table(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """Anna played; the ledger is the one of the environment."""
    monkeypatch.setenv("EVENHAND_LEDGER", f"sqlite:///{file}")
    monkeypatch.setenv("COLUMNS", "200")
    backend = open_sqlite(file)
    table = Table(backend).fund(real=10)
    table.bet("b[1]", 3, round_id="r1")
    table.result("hold", "h", 2, bet_ref="h1", context={"expires_us": NOON_US + 1})
    yield table
    backend.close()


WIDE = {"COLUMNS": "200", "TERM": "xterm", "FORCE_COLOR": None, "TTY_COMPATIBLE": None}
"""However the tests were started, and whatever ran before, lines are not broken at 80."""


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, ["ledger", *words], env=WIDE)


def test_a_sound_ledger_passes_and_a_broken_one_does_not(table: Table, file: Path) -> None:
    sound = _run("check")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE account SET balance = 1 WHERE fund = 'bonus'")
    connection.close()
    broken = _run("check")

    assert (sound.exit_code, broken.exit_code) == (0, 1), sound.output
    assert "all 17 laws hold" in sound.output
    assert "balances_are_sums_of_legs" in broken.output
    assert "bonus_money_has_its_bonus" in broken.output


def test_only_what_is_since_is_checked(table: Table, file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE bet SET real = 1")
    connection.close()

    assert _run("check").exit_code == 1
    assert _run("check", "--since", "2026-05-29").exit_code == 0


def test_a_players_funds_and_movements_are_shown(table: Table) -> None:
    shown = _run("show", "anna")

    assert shown.exit_code == 0, shown.output
    for said in ("5.000000", "2.000000", "-3.000000 EUR real", "bet b[1]"):
        assert said in shown.output
    assert "there are more" in _run("show", "anna", "--most", "1").output
    assert "no wallet of bert" in _run("show", "bert").output


def test_a_sweep_lists_expires_and_closes_what_it_is_told_to(table: Table) -> None:
    listed = _run("sweep", "--dry-run")
    assert listed.exit_code == 0, listed.output
    assert "1 open rounds" in listed.output
    assert "b[1]" in listed.output
    assert table.row(Hold, "anna", "h1").state == "pending"

    assert "expired 1 holds, closed 0 rounds" in _run("sweep").output
    assert "expired 0 holds, closed 1 rounds" in _run("sweep", "--close", "studio").output
    assert table.row(Hold, "anna", "h1").state == "expired"
    assert _run("check").exit_code == 0


def test_a_report_is_compared_with_a_day(table: Table, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    header = "uuid,operation,amount,currency,player,round\n"
    report.write_text(header + "bet b[1],DEBIT,3.5,EUR,anna,r1\nfund anna EUR,GIFT,10,EUR,anna,\n")
    words = ["--provider", "studio", "--day", DAY, "--column", "transaction_id=uuid"]
    words += ["--operation", "DEBIT=bet", "--operation", "GIFT=promotion"]

    differs = _run("reconcile", str(report), *words)
    report.write_text(report.read_text().replace("3.5", "3"))
    agrees = _run("reconcile", str(report), *words)

    assert (differs.exit_code, agrees.exit_code) == (1, 0), differs.output + agrees.output
    assert "3.500000" in differs.output
    assert "agree" in agrees.output


@pytest.mark.parametrize("option", [("--column", "colour=x"), ("--column", "uuid")])
def test_a_column_nobody_knows_is_refused(
    table: Table, tmp_path: Path, option: tuple[str, str]
) -> None:
    done = _run("reconcile", str(tmp_path), "--provider", "studio", "--day", DAY, *option)

    assert isinstance(done.exception, SourceError)


def test_where_there_is_no_ledger_nothing_is_made(tmp_path: Path) -> None:
    done = _run("check", "--url", f"sqlite:///{tmp_path / 'none.sqlite'}")

    assert isinstance(done.exception, NotReadyError)
    assert not list(tmp_path.iterdir())
