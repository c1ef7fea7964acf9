"""What changed between two days, or two packs, is told row by row and field by field."""

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from core.compliance.diff import between_days, between_packs
from core.compliance.load import FOLDER, packs
from core.compliance.pack import Pack
from core.errors import DeclarationError
from pipelines.cli import app

PACKS = packs()
ANY_PACK = st.sampled_from(sorted(PACKS.values(), key=lambda pack: pack.pack))
DAYS = st.dates(date(2019, 1, 1), date(2029, 1, 1))


def with_rule(pack: Pack, rule_id: str, **changes: object) -> Pack:
    rules = tuple(
        msgspec.structs.replace(rule, **changes) if rule.id == rule_id else rule
        for rule in pack.rules
    )
    return msgspec.structs.replace(pack, rules=rules)


def test_a_rule_that_begins_is_added_and_one_whose_row_changes_is_changed() -> None:
    changes = between_days(PACKS["GB"], date(2026, 9, 29), date(2026, 9, 30))

    assert {(one.kind, one.where) for one in changes} == {
        ("changed", "rules[GB-DL-1]"), ("added", "rules[GB-DL-2]"),
    }  # fmt: skip
    assert not [one.field for one in changes if one.field.startswith("effective")]


def test_a_rate_that_changes_is_told() -> None:
    changes = between_days(PACKS["GB"], date(2026, 3, 31), date(2026, 4, 1))

    told = [(one.where, one.field, one.old, one.new) for one in changes]
    assert told == [("tax[GB-RGD].rate", "percent", "21", "40")]


def test_a_register_that_opens_is_added() -> None:
    changes = between_days(PACKS["ON"], date(2026, 5, 13), date(2026, 5, 14))

    assert ("added", "registers.betguard") in {(one.kind, one.where) for one in changes}


@given(ANY_PACK, DAYS)
def test_from_a_day_to_itself_nothing_changes(pack: Pack, day: date) -> None:
    assert between_days(pack, day, day) == []


@given(ANY_PACK, DAYS, st.integers(1, 400))
def test_back_is_there_turned_round(pack: Pack, day: date, days: int) -> None:
    later = day + timedelta(days=days)

    there = {(o.where, o.field, str(o.old), str(o.new)) for o in between_days(pack, day, later)}
    back = {(o.where, o.field, str(o.new), str(o.old)) for o in between_days(pack, later, day)}

    assert there == back


def test_between_two_packs_every_changed_field_is_named() -> None:
    old = PACKS["SE"]
    new = with_rule(old, "SE-DL-4", timing="within a day", mark="S")

    changes = between_packs(old, new)

    assert [(one.where, one.field, one.old, one.new) for one in changes] == [
        ("rules[SE-DL-4]", "mark", "P", "S"),
        ("rules[SE-DL-4]", "timing", "promptly", "within a day"),
    ]


def test_between_two_packs_rows_and_parts_come_and_go() -> None:
    old = PACKS["SE"]
    new = msgspec.structs.replace(
        old, rules=old.rules[1:], tax=(), age_least=20, registers={}, holidays=(date(2026, 6, 6),)
    )

    told = {(one.kind, one.where) for one in between_packs(old, new)}

    assert told == {
        ("removed", "rules[SE-DL-1]"), ("removed", "tax[SE-GAMBLING-TAX]"),
        ("changed", "age_least"), ("removed", "registers.spelpaus"), ("added", "holidays"),
    }  # fmt: skip


def test_a_pack_beside_itself_has_no_change() -> None:
    assert all(between_packs(pack, pack) == [] for pack in PACKS.values())


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["packs", *words], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def test_the_verb_shows_a_rule_with_mark_law_and_source() -> None:
    shown = run("show", "GB", "--at", "2026-09-30", "--rule", "GB-SLOT-1")

    assert "GB@2026.09.30-1" in shown
    assert "SI 2025/215 reg. 5" in shown
    assert "seen in the regulator's" in shown
    assert "https://www.legislation.gov.uk/uksi/2025/215/made" in shown


def test_the_verb_shows_what_is_on_and_with_all_what_is_off() -> None:
    shown, everything = run("show", "GB", "--at", "2026-09-30"), run("show", "GB", "--all")

    assert "GB-FRA-1" not in shown
    assert "GB-FRA-1" in everything
    assert "net deposits" in shown


def test_the_verb_tells_what_changed_on_a_day() -> None:
    shown = run("diff", "GB", "--from", "2026-09-29", "--to", "2026-09-30")

    assert "added" in shown
    assert "GB-DL-2" in shown


def test_the_verb_compares_two_files(tmp_path: Path) -> None:
    changed = tmp_path / "new.yaml"
    text = (FOLDER / "SE.yaml").read_text()
    changed.write_text(text.replace("timing: promptly", "timing: within a day", 1))

    shown = run("diff", str(FOLDER / "SE.yaml"), str(changed))

    assert "SE-DL-4" in shown
    assert "within a day" in shown


def test_the_verb_wants_two_days_or_two_packs() -> None:
    assert CliRunner().invoke(app, ["packs", "diff", "GB"]).exit_code == 2


def test_a_pack_nobody_has_is_named() -> None:
    result = CliRunner().invoke(app, ["packs", "show", "XX"])

    assert isinstance(result.exception, DeclarationError)
    assert "no pack 'XX'" in str(result.exception)


def test_lint_ends_with_one_where_there_is_a_mistake(tmp_path: Path) -> None:
    bad = tmp_path / "SE.yaml"
    bad.write_text((FOLDER / "SE.yaml").read_text().replace("currency: SEK", "currency: XEK", 1))

    result = CliRunner().invoke(app, ["packs", "lint", str(bad)])

    assert result.exit_code == 1
    assert "SE.yaml:8: currency: 'XEK'" in result.output


def test_lint_looks_over_an_overlay_too(tmp_path: Path) -> None:
    path = tmp_path / "operator.yaml"
    path.write_text("pack: GB\nname: us\nswitched_off: {GB-SLOT-1: dear}\n")

    result = CliRunner().invoke(app, ["packs", "lint", "--overlay", str(path)])

    assert result.exit_code == 1
    assert "GB-SLOT-1 is marked P" in result.output


@pytest.mark.parametrize("name", sorted(PACKS))
def test_every_pack_is_of_the_schema_given_to_editors(name: str) -> None:
    import json

    import yaml

    jsonschema = pytest.importorskip("jsonschema")
    said = json.loads(
        json.dumps(yaml.safe_load((FOLDER / f"{name}.yaml").read_text()), default=str)
    )

    jsonschema.validate(said, json.loads(run("schema")))
