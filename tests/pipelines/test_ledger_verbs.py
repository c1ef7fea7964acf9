"""`evenhand ledger`: what it prints and how it ends."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.clock import FixedClock
from core.errors import NotReadyError, SourceError
from core.ledger.rows import Hold
from pipelines.cli import app
from pipelines.ledger_watch import Pace, watch_ledger
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


def test_a_snapshot_is_of_its_instant_and_says_whether_balances_hold(
    table: Table, file: Path
) -> None:
    later = replace(table, at_us=NOON_US + 60_000_000)
    assert later.promotion("gift", 5) == "ok"
    noon = f"{datetime.fromtimestamp(NOON_US / 1e6, UTC) + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"

    then, now = _run("snapshot", "--at", noon), _run("snapshot")
    lines = _run("snapshot", "--json", "--at", noon, "--player", "anna").stdout.splitlines()

    assert (then.exit_code, now.exit_code) == (0, 0), then.output + now.output
    assert ("5.000000" in then.output, "10.000000" in now.output) == (True, True)
    assert "-10.000000" in then.output  # the house's side
    assert "the balances kept are what their legs add up to" in now.output
    assert [json.loads(line) for line in lines] == [
        {"at": noon, "owner": "anna", "currency": "EUR", "fund": fund, "balance": balance}
        for fund, balance in (("real", "5.000000"), ("reserved", "2.000000"))
    ]
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE account SET balance = 1 WHERE fund = 'bonus'")
    connection.close()
    broken = _run("snapshot", "--player", "anna")
    assert broken.exit_code == 1
    assert "anna EUR bonus: 0.000001 is kept, its legs add up to 0.000000" in broken.output


def test_a_ledger_is_examined_again_and_again_a_line_a_run(
    table: Table, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def wait(seconds: float) -> None:
        assert 3_500 < seconds <= 3_600
        if not waits:
            table.promotion("gift", 5)
        elif len(waits) == 1:
            file.rename(file.with_name("away"))
        else:
            file.with_name("away").rename(file)
            with sqlite3.connect(file) as connection:
                connection.execute("UPDATE account SET balance = 1 WHERE fund = 'bonus'")
            connection.close()
        waits.append(seconds)

    waits: list[float] = []
    clock = FixedClock(datetime(2026, 11, 30, 10, tzinfo=UTC))

    assert not watch_ledger(f"sqlite:///{file}", None, Pace(3_600, 9, wait), clock)

    said = capsys.readouterr().out
    lines = [line for line in said.splitlines() if line.startswith("2026")]
    counts = "laws=17 broken=0 findings=0"
    assert lines[0].startswith(f"2026-11-30T10:00:00Z ok {counts} movements=3 accounts=11 seconds=")
    assert f"ok {counts} movements=4" in lines[1]
    assert "not examined" in lines[2]
    assert "BROKEN laws=17 broken=3 findings=3" in lines[3], said
    assert len(lines) == 4


def test_a_watch_ends_after_so_many_runs_and_with_a_finding(table: Table, file: Path) -> None:
    sound = _run("check", "--every", "1s", "--times", "1")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE bet SET real = 1")
    connection.close()
    broken = _run("check", "--every", "1h")

    assert (sound.exit_code, broken.exit_code) == (0, 1), sound.output
    assert sound.output.count("\n") == 1
    assert "bets_took_their_stake" in broken.output


@pytest.mark.parametrize("span", ["0s", "1", "h", "-1h", "1.5h", "1 h"])
def test_a_pace_that_is_none_is_refused(table: Table, span: str) -> None:
    assert isinstance(_run("check", "--every", span).exception, SourceError)
