"""Nobody learns that somebody is looked at: not a byte elsewhere changes when a case opens.

Three ways round: no module outside the desk can read it; what is on disc stays as it was while a
case is opened, worked and reported; and a player with a case gets the replies one without gets.
"""

import ast
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from core.aml.access import give_role
from core.aml.desk import By, Desk, keep_alerts, open_desk
from core.aml.migrate import migrate as migrate_desk
from core.aml.policy import policies
from core.aml.watching import Watch
from core.compliance.load import packs
from core.compliance.scenario import Scenario, faults_of, read_scenarios, steps_of
from core.events.codec import encode
from core.guard import PACKAGES, repository_root
from core.ledger.migrate import migrate
from core.ledger.open_ledger import open_backend
from core.log.event_log import EventLog
from core.log.open_log import open_log
from pipelines.cli import app
from pipelines.scenario_house import LedgerHouse
from tests.core.aml.aml_world import structuring
from tests.pipelines.aml.log_world import append, structured

ROOT = repository_root()
OURS = ("core/aml/", "pipelines/aml", "pipelines/commands/aml.py", "benchmarks/aml_quality.py")
LENT = {
    # a report's own arithmetic of cash; it reads payments, and no desk
    "pipelines/reporting/reports/ctr.py": {
        "core.aml.currency_transactions", "core.aml.facts", "core.aml.policy",
    },
    "pipelines/pages.py": {"pipelines.aml_pages"},
}  # fmt: skip
DESK = "aml.sqlite"
CASES = [
    scenario
    for path in sorted((ROOT / "tests" / "golden" / "compliance").rglob("*.yaml"))
    if path.stem in ("payments", "withdrawals", "limits")
    for scenario in read_scenarios(path)[:1]
]


def _modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def _is_ours(path: Path) -> bool:
    return path.relative_to(ROOT).as_posix().startswith(OURS)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{name.name}" for name in node.names)}
    return {name for name in found if name.startswith(("core.aml", "pipelines.aml"))}


def test_no_module_outside_imports_the_desk() -> None:
    strangers = {}
    for path in _modules():
        name = path.relative_to(ROOT).as_posix()
        lent = LENT.get(name, set())
        seen = {
            one for one in _imports(path) if not any(one.startswith(allowed) for allowed in lent)
        }
        if seen and not _is_ours(path):
            strangers[name] = seen

    assert not strangers


def test_no_module_outside_knows_where_the_desk_is() -> None:
    words = ("EVENHAND_AML", DESK, "aml_case", "aml_assessment")

    knowing = [
        path.relative_to(ROOT).as_posix() for path in _modules()
        if not _is_ours(path) and any(word in path.read_text() for word in words)
    ]  # fmt: skip

    assert not knowing


def test_what_is_lent_reads_no_desk() -> None:
    lent = ("currency_transactions", "facts", "policy")

    for name in lent:
        imports = _imports(ROOT / "core" / "aml" / f"{name}.py")
        assert not {one for one in imports if one.startswith(("core.aml.desk", "core.aml.schema"))}


def _bytes(home: Path) -> dict[str, str]:
    """Return a digest of all a home holds: files whole, databases by what is in them."""
    found = {}
    for path in sorted(home.rglob("*")):
        if not path.is_file() or path.name.startswith(DESK) or path.name.endswith(("-wal", "-shm")):
            continue
        held = _dump(path).encode() if path.suffix == ".sqlite" else path.read_bytes()
        found[path.relative_to(home).as_posix()] = hashlib.sha256(held).hexdigest()
    return found


def _dump(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def _run(*words: str) -> str:
    done = CliRunner().invoke(app, ["aml", *words])
    assert done.exit_code == 0, done.output
    return done.output


def _log(home: Path) -> EventLog:
    return open_log(f"sqlite:///{home / 'log.sqlite'}", 3)


def test_no_byte_of_a_home_changes_while_a_case_is_opened_worked_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("EVENHAND_HOME", str(home))
    monkeypatch.delenv("EVENHAND_LOG", raising=False)
    monkeypatch.delenv("EVENHAND_AML", raising=False)
    migrate(f"sqlite:///{home / 'ledger.sqlite'}")
    with closing(_log(home)) as log:
        append(log, structured())
    (home / "facts.ndjson").write_bytes(b"\n".join(map(encode, structured())))
    landed = CliRunner().invoke(
        app, ["land", str(home / "facts.ndjson"), "--adapter", "events_ndjson"]
    )
    assert landed.exit_code == 0, landed.output
    before = _bytes(home)

    _run("staff", "head", "--pack", "MT", "--role", "aml_admin", "--by", "owner")
    _run("staff", "ann", "--pack", "MT", "--by", "head")
    _run("staff", "ben", "--pack", "MT", "--by", "head")
    _run("scan")
    _run("watch", "--until-caught-up")
    case = _only_case(home)
    _run("case", "note", case, "seen", "--by", "ann")
    _run("case", "decide", case, "report", "--reason", "split", "--by", "ann")
    _run("case", "decide", case, "confirm", "--reason", "agreed", "--by", "ben")
    _run("draft", case, "--kind", "STR", "--by", "ann")
    draft = _only(home, "aml_draft")
    _run("review", draft, "--reason", "complete", "--by", "ben")
    _run("file", draft, "--reference", "FIAU-1", "--by", "ann")

    assert _bytes(home) == before
    assert {"ledger.sqlite", "log.sqlite"} <= set(before)
    assert any(name.startswith("warehouse/") for name in before)


@pytest.mark.parametrize("basis", ["order of a court", "suspicion of laundering"])
def test_what_a_player_is_told_of_a_hold_is_the_same_whatever_its_ground(
    tmp_path: Path, basis: str
) -> None:
    url, path = f"sqlite:///{tmp_path / 'ledger.sqlite'}", "NL/withdrawals.yaml"
    cases = read_scenarios(ROOT / "tests" / "golden" / "compliance" / path)
    case = next(one for one in cases if one.case == "NL-83-held")
    held, withdrawal = [step.request for step in steps_of(case, packs()["NL"])][:2]
    migrate(url)
    with closing(open_backend(url)) as backend:
        house = LedgerHouse(url, backend, packs()["NL"])
        house.open("p", case)
        house.ask("p", replace(held, basis=basis))
        verdict, _ = house.ask("p", withdrawal)

    assert [(one.effect, one.reason) for one in verdict.findings] == [("hold", "PENDING_REVIEW")]
    assert _tables_with(tmp_path / "ledger.sqlite", basis) == {
        "answer", "audit_entry", "kept_standing", "standing_settled",  # the desk's own records
    }  # fmt: skip


def _tables_with(path: Path, words: str) -> set[str]:
    lines = [line for line in _dump(path).splitlines() if words in line]
    return {line.split('"')[1] for line in lines}


def _only_case(home: Path) -> str:
    return _only(home, "aml_case")


def _only(home: Path, table: str) -> str:
    with closing(sqlite3.connect(home / DESK)) as connection:
        ((found,),) = connection.execute(f"SELECT id FROM {table}").fetchall()
    return str(found)


def _with_cases(folder: Path, players: list[str], place: str) -> None:
    """Open a case about every player, and propose to report it."""
    url = f"sqlite:///{folder / DESK}"
    migrate_desk(url)
    engine = open_desk(url)
    watch = Watch(dict(policies()), "EUR")
    with engine.begin() as connection:
        give_role(connection, "head", place, ("aml_admin", 0, "owner"))
        give_role(connection, "ann", place, ("aml", 1, "head"))
        for player in players:
            keep_alerts(connection, list(watch.take(structuring(player, place))))
    desk = Desk(engine)
    for case in desk.cases(By("ann", 2)):
        desk.decide(By("ann", 3), case.id, "report", "split")
    assert {case.player for case in desk.cases(By("ann", 4))} == {*players}
    engine.dispose()


def _told(folder: Path, scenario: Scenario) -> str:
    """Play a scenario on a ledger; return all that is in it: replies, standings, outbox, log."""
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    migrate(url)
    with closing(open_backend(url)) as backend:
        house = LedgerHouse(url, backend, packs()[scenario.pack], scenario.switch_on)
        assert not faults_of(scenario, packs()[scenario.pack], house)
    return _dump(folder / "ledger.sqlite")


@pytest.mark.parametrize("scenario", CASES, ids=lambda scenario: scenario.case)
def test_a_player_with_a_case_is_answered_as_one_without(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, looked_at = tmp_path / "free", tmp_path / "looked_at"
    for folder in (free, looked_at):
        folder.mkdir()
    _with_cases(
        looked_at, sorted({str(step.get("player", "p")) for step in scenario.steps}), scenario.pack
    )
    monkeypatch.setenv("EVENHAND_AML", f"sqlite:///{looked_at / DESK}")
    monkeypatch.setenv("EVENHAND_HOME", str(looked_at))

    assert _told(looked_at, scenario) == _told(free, scenario)
