"""`evenhand verify-log` and `evenhand log`: what they print, what they leave, how they end."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from core.audit.append import append
from core.audit.broken import BrokenChainError
from core.audit.copies import FILE
from core.audit.opening import appending, looking
from core.audit.searching import Wanted, entries_found
from core.clock import FixedClock
from core.errors import NotReadyError, SourceError
from pipelines.audit_signing import Signing, sign_at_a_pace
from pipelines.audit_verbs import Trust
from pipelines.cli import app
from pipelines.ledger_watch import Pace
from tests.core.audit.logs import Signer, body, broken, fill, tamper

WIDE = {"COLUMNS": "220", "TERM": "xterm", "FORCE_COLOR": None, "TTY_COMPATIBLE": None}
NOON = datetime(2026, 5, 28, 12, tzinfo=UTC)


@pytest.fixture
def url(log_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A log of two chains, the one of the environment, with a home and a key of its own."""
    monkeypatch.setenv("EVENHAND_LEDGER", log_url)
    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EVENHAND_AUDIT_KEY", str(tmp_path / "keys" / "audit.pem"))
    fill(log_url, {"rg:GB": 30, "rg:DE": 4})
    return log_url


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), env=WIDE)


def test_a_sound_log_is_said_to_hold(url: str) -> None:
    done = _run("verify-log")

    assert done.exit_code == 0, done.output
    assert "rg:GB: 30 entries hold, nothing of it is signed" in done.output
    assert "rg:DE: 4 entries hold" in done.output
    assert "34 entries in" in done.output


def test_every_broken_chain_is_named_with_its_first_broken_entry(url: str) -> None:
    tamper(
        url, "UPDATE audit_entry SET event = 'X' WHERE chain = 'rg:GB' AND seq IN (7, 9)",
        "DELETE FROM audit_entry WHERE chain = 'rg:DE' AND seq = 2",
    )  # fmt: skip

    done = _run("verify-log")

    assert done.exit_code == 1
    assert "rg:GB is broken at seq 7 (search column): event is 'X'" in done.output
    assert "rg:DE is broken at seq 2 (missing)" in done.output
    assert "the log can be changed: the triggers" in done.output


def test_a_chain_and_a_first_seq_can_be_asked_for(url: str) -> None:
    tamper(url, "UPDATE audit_entry SET event = 'X' WHERE chain = 'rg:GB' AND seq = 7")

    assert _run("verify-log", "--chain", "rg:DE").exit_code == 0
    later = _run("verify-log", "--chain", "rg:GB", "--from", "8")
    assert (later.exit_code, "23 entries hold" in later.output) == (0, True), later.output
    assert _run("verify-log", "--chain", "rg:GB", "--from", "7").exit_code == 1
    assert isinstance(_run("verify-log", "--from", "7").exception, SourceError)
    assert isinstance(_run("verify-log", "--chain", "rg:MT").exception, NotReadyError)
    beyond = _run("verify-log", "--chain", "rg:GB", "--from", "32").exception
    assert isinstance(beyond, NotReadyError)


def test_a_row_under_a_name_that_is_none_is_told(url: str) -> None:
    tamper(url, "UPDATE audit_entry SET chain = 'rg;GB' WHERE chain = 'rg:GB' AND seq = 30")

    done = _run("verify-log")

    assert done.exit_code == 1
    assert "'rg;GB' is broken at seq 30" in done.output
    assert "rg:GB is broken at seq 30 (truncated tail)" in done.output


def test_an_empty_log_is_said_to_be_empty(log_url: str) -> None:
    done = _run("verify-log", "--url", log_url)

    assert done.exit_code == 0, done.output
    assert "the log is empty" in done.output


def test_checkpoints_are_made_kept_twice_and_believed(url: str, tmp_path: Path) -> None:
    second = str(tmp_path / "second")
    assert isinstance(_run("log", "checkpoint").exception, NotReadyError)  # no key yet
    assert _run("log", "key").exit_code == 0

    made = _run("log", "checkpoint", "--copy", second)
    again = _run("log", "checkpoint", "--copy", second)
    verified = _run("verify-log", "--checkpoints", second)

    assert made.exit_code == 0, made.output
    assert "rg:GB signed up to 30 with " in made.output
    assert "a new copy begins" in made.output
    assert "rg:GB nothing new" in again.output
    assert len((tmp_path / "second" / FILE).read_text().splitlines()) == 2
    assert (verified.exit_code, "signed up to 30" in verified.output) == (0, True), verified.output


def test_a_copy_of_checkpoints_tells_of_a_tail_that_is_gone(url: str, tmp_path: Path) -> None:
    second = str(tmp_path / "second")
    _run("log", "key")
    _run("log", "checkpoint", "--copy", second)
    tables = ("audit_entry", "audit_head", "audit_checkpoint")
    tamper(url, *(f"DELETE FROM {table} WHERE chain = 'rg:DE'" for table in tables))

    assert _run("verify-log").exit_code == 0  # the database alone cannot know
    done = _run("verify-log", "--checkpoints", second)
    assert done.exit_code == 1
    assert "rg:DE is broken at seq 1 (truncated tail)" in done.output
    assert _run("log", "checkpoint", "--copy", second).exit_code == 1


def test_a_broken_chain_is_not_signed_and_the_others_are(url: str, tmp_path: Path) -> None:
    _run("log", "key")
    tamper(url, "UPDATE audit_entry SET body = '{}' WHERE chain = 'rg:GB' AND seq = 7")

    done = _run("log", "checkpoint", "--copy", str(tmp_path))

    assert done.exit_code == 1
    assert "not signed: rg:GB is broken at seq 7 (body)" in done.output
    assert "rg:DE signed up to 4" in done.output
    assert "rg:GB" not in (tmp_path / FILE).read_text()


def test_checkpoints_are_made_at_a_pace(url: str, tmp_path: Path) -> None:
    signer = Signer(tmp_path / "paced")
    waited, trust = list[float](), Trust(signer.listed, tmp_path / "second")

    def wait(seconds: float) -> None:
        waited.append(seconds)
        fill(url, {"rg:GB": 2})

    went_well = sign_at_a_pace(
        Signing(url, signer.private, ("rg:GB",), trust), Pace(3_600, 3, wait), FixedClock(NOON)
    )

    assert went_well
    assert len(waited) == 2
    assert all(3_500 < seconds <= 3_600 for seconds in waited)
    lines = (tmp_path / "second" / FILE).read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [30, 32, 34]


def test_entries_are_shown_with_local_time_what_and_why(url: str) -> None:
    shown = _run("log", "show", "--player", "p3", "--event", "CHECK_DUE", "--rule", "GB-DL-0")

    assert shown.exit_code == 0, shown.output
    assert "2026-05-28 13:00:00 Europe/London" in shown.output
    assert "rg:GB 25" in shown.output
    assert "GB-DL-0 limit_reached: limit £50 → 40, used 24.00" in shown.output
    assert "rg:GB 24" not in shown.output
    assert "no such entry" in _run("log", "show", "--player", "nobody").output


def test_the_newest_are_shown_in_order(url: str) -> None:
    shown = _run("log", "show", "--chain", "rg:GB", "--most", "2").output
    since = _run("log", "show", "--chain", "rg:GB", "--since", "2026-05-28T12:00:29").output

    assert shown.index("rg:GB 29") < shown.index("rg:GB 30")
    assert "rg:GB 28" not in shown
    assert "the newest 2" in shown
    assert "rg:GB 30" in since
    assert "rg:GB 29" not in since


def test_words_of_others_are_no_markup(url: str) -> None:
    with appending(url) as connection:
        append(connection, "rg:GB", [body(1, event="X", reason_code="[red]a[/nothing]")])

    assert "[red]a[/nothing]" in _run("log", "show", "--event", "X").output


def test_an_export_can_be_verified_by_itself(url: str, tmp_path: Path) -> None:
    out = tmp_path / "gb.jsonl"
    span = ("--since", "2026-05-28T12:00:05", "--until", "2026-05-28T12:00:12")

    done = _run("log", "export", "--chain", "rg:GB", *span, "--out", str(out), "--by", "s.kern")

    assert done.exit_code == 0, done.output
    manifest = json.loads(Path(f"{out}.manifest.json").read_text())
    assert manifest["file_sha256"] == sha256(out.read_bytes()).hexdigest()
    assert manifest["file_sha256"] in done.output
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(6, 13))
    link = manifest["prev_hash"]
    for line in lines:
        told = f"{link}:{line['chain']}:{line['seq']}:{line['body']}"
        link = sha256(told.encode()).hexdigest()
        assert link == line["hash"]
    assert (manifest["last_hash"], manifest["count"]) == (link, 7)
    assert {out.stat().st_mode & 0o777, Path(f"{out}.manifest.json").stat().st_mode & 0o777} == {
        0o600
    }


def test_the_program_in_the_docs_verifies_an_export(url: str, tmp_path: Path) -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "audit-log.md"
    program = page.read_text().split("```python\n")[1].split("```")[0]
    out, scope = tmp_path / "gb.jsonl", dict[str, Any]()
    words = ("--chain", "rg:GB", "--since", "2026-05-28T12:00:05", "--out", str(out))
    assert _run("log", "export", *words).exit_code == 0
    exec(program, scope)

    assert scope["check"](out) == 25
    out.write_text(out.read_text().replace("refuse", "allow", 1))
    with pytest.raises(ValueError, match="broken at 6"):
        scope["check"](out)


def test_an_export_is_told_in_the_access_chain(url: str, tmp_path: Path) -> None:
    out = tmp_path / "gb.jsonl"
    _run("log", "export", "--chain", "rg:GB", "--out", str(out), "--by", "s.kern")

    with looking(url) as connection:
        [told] = entries_found(connection, Wanted(chain="access:GB"))
    said = json.loads(told.body)
    assert (told.event, said["staff_id"], said["inputs"]["count"]) == ("LOG_EXPORTED", "s.kern", 30)
    assert said["inputs"]["file_sha256"] == sha256(out.read_bytes()).hexdigest()
    assert _run("verify-log", "--chain", "access:GB").exit_code == 0


def test_between_the_first_and_the_last_none_is_left_out(url: str, tmp_path: Path) -> None:
    """Instants need not rise along a chain: writers of one instant wait for each other."""
    with appending(url) as connection:
        append(connection, "rg:GB", [body(n) for n in (100, 5, 101)])
    out = tmp_path / "gb.jsonl"

    words = ("--chain", "rg:GB", "--since", "2026-05-28T12:01:00", "--out", str(out))
    done = _run("log", "export", *words)

    assert done.exit_code == 0, done.output
    assert [json.loads(line)["seq"] for line in out.read_text().splitlines()] == [31, 32, 33]


def test_an_export_of_nothing_is_an_empty_file(url: str, tmp_path: Path) -> None:
    out = tmp_path / "gb.jsonl"
    done = _run("log", "export", "--chain", "rg:GB", "--until", "2020-01-01", "--out", str(out))

    assert (done.exit_code, out.read_bytes()) == (0, b""), done.output
    assert json.loads(Path(f"{out}.manifest.json").read_text())["first_seq"] is None


def test_a_broken_chain_is_not_exported_wherever_it_is_broken(url: str, tmp_path: Path) -> None:
    out = tmp_path / "gb.jsonl"
    tamper(url, "UPDATE audit_head SET hash = 'x' WHERE chain = 'rg:GB'")
    words = ("--chain", "rg:GB", "--until", "2026-05-28T12:00:05", "--out", str(out))

    done = _run("log", "export", *words, "--by", "s.kern")

    assert isinstance(done.exception, BrokenChainError)
    assert not [path for path in tmp_path.iterdir() if "gb" in path.name]


def test_an_export_writes_over_nothing_and_of_no_chain_there_is_none(
    url: str, tmp_path: Path
) -> None:
    out = tmp_path / "gb.jsonl"
    none = _run("log", "export", "--chain", "rg:MT", "--out", str(out))
    assert isinstance(none.exception, NotReadyError)
    assert not out.exists()

    out.write_text("mine")
    there = _run("log", "export", "--chain", "rg:GB", "--out", str(out))
    assert isinstance(there.exception, NotReadyError)
    assert out.read_text() == "mine"


def test_golden_case_80_an_edited_entry_is_named_and_not_exported(url: str, tmp_path: Path) -> None:
    """Entry 1,204 edited in storage: verification fails at 1,204 and names it; export refused."""
    with appending(url) as connection:
        append(connection, "rg:GB", map(body, range(30, 1_500)))
    sound = _run("verify-log", "--chain", "rg:GB")
    assert "1,500 entries hold" in sound.output
    edited = "replace(body, '1203.00', '3.00')"
    tamper(url, f"UPDATE audit_entry SET body = {edited} WHERE chain = 'rg:GB' AND seq = 1204")
    assert broken(url).seq == 1_204, "the edit missed"

    verified = _run("verify-log", "--chain", "rg:GB")
    words = ("--chain", "rg:GB", "--out", str(tmp_path / "gb.jsonl"), "--by", "s.kern")
    exported = _run("log", "export", *words)

    assert verified.exit_code == 1
    assert "rg:GB is broken at seq 1204 (body)" in verified.output
    assert exported.exit_code == 1
    assert isinstance(exported.exception, BrokenChainError)
    assert "seq 1204" in str(exported.exception)
    assert not (tmp_path / "gb.jsonl").exists()
    with looking(url) as connection:
        [told] = entries_found(connection, Wanted(event="CHAIN_BREAK"))
    assert told.chain == "access:GB"
    assert json.loads(told.body)["inputs"]["seq"] == 1_204
