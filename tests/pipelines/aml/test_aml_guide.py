"""The guide's commands do what it says, in its order."""

import re
import shlex
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.guard import repository_root
from core.log.open_log import open_log
from pipelines.cli import app
from tests.pipelines.aml.log_world import append, opened, paid

GUIDE = repository_root() / "docs" / "aml.md"
TAKEN_BACK = ("dismiss", "edd", "send_back")
"""Decisions that exclude the one the guide goes on with: tried, then undone by an older copy."""


def _commands() -> list[list[str]]:
    blocks = re.findall(r"```bash\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    commands = [shlex.split(line, comments=True)[1:] for line in lines]
    return [words for words in commands if words != ["aml", "watch"]]  # ends by Ctrl-C only


def _only(desk: Path, table: str) -> str:
    with closing(sqlite3.connect(desk)) as connection:
        rows = connection.execute(f"SELECT id FROM {table}").fetchall()
    return str(rows[-1][0]) if rows else ""


def test_every_command_of_the_guide_runs_and_ends_in_a_filing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path))
    for name in ("EVENHAND_LOG", "EVENHAND_AML"):
        monkeypatch.delenv(name, raising=False)
    with closing(open_log(f"sqlite:///{tmp_path / 'log.sqlite'}", 3)) as log:
        cash = [paid(9 + d, "r", 24 * d, 950_000 + d, vendor_id="cage") for d in range(3)]
        append(log, [opened(1, "r"), *cash])
    desk, copy = tmp_path / "aml.sqlite", tmp_path / "copy.sqlite"

    commands = _commands()
    for words in commands:
        known = {"CASE": "aml_case", "DRAFT": "aml_draft"}
        said = [_only(desk, known[word]) if word in known else word for word in words]
        if desk.exists():
            shutil.copy(desk, copy)
        done = CliRunner().invoke(app, said)
        assert done.exit_code == 0, f"{' '.join(said)}: {done.output} {done.exception}"
        if any(word in TAKEN_BACK for word in words):
            shutil.copy(copy, desk)

    assert len(commands) >= 15
    assert (tmp_path / "sar.md").read_text().startswith("# Draft of a SAR, version 1")
    with closing(sqlite3.connect(desk)) as connection:
        filed = connection.execute("SELECT reference, filed_by FROM aml_filing").fetchall()
    assert filed == [("2026-000123", "n.officer")]
