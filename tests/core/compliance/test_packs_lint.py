"""The linter names every mistake of a pack with its place."""

from pathlib import Path

import pytest

from core.compliance.lint import Fault, lint
from core.compliance.places import placed

GOOD = """\
pack: XX
name: Nowhere
authority: Nobody
revision: 1
timezone: Europe/Malta
currency: EUR
region: XX
age_least: 18
rules:
  - id: XX-GAME-1
    title: not too fast
    effective: {from: 2026-01-01, to: 2026-07-01}
    mark: S
    source: [X1]
    measure: {of: none, window: {type: instant}}
    action: {type: block, target: [stake], until: next_start}
    timing: at the start
    check: pace
    with: {game_types: [slot], at_least: PT2S}
    adjustable: {at_least: higher}
  - id: XX-GAME-1
    title: slower still
    effective: {from: 2026-07-01}
    mark: P
    source: [X1, X2]
    measure: {of: none, window: {type: instant}}
    action: {type: block, target: [stake], until: next_start}
    timing: at the start
    check: pace
    with: {game_types: [slot], at_least: PT3S}
  - id: XX-DL-1
    title: the player's limits bind
    effective: {from: 2026-01-01}
    mark: D
    source: []
    measure: {of: deposits, net: true, window: {type: calendar, frames: [day, month]}}
    action: {type: block, target: [deposit], until: frame_end}
    timing: at the request
    covered_by: rule XX-GAME-1 for now
  - id: XX-FVC-1
    title: much in a month is looked at
    effective: {from: 2026-01-01}
    mark: K
    source: []
    measure: {of: deposits, window: {type: rolling, length: P30D}}
    action: {type: duty, duty: look, deadline: P2D}
    timing: at the threshold
    covered_by: tests
registers:
  list:
    name: List
    kind: exclusion
    rule: XX-DL-1
    at: [login]
    mark: D
    effective: {from: 2026-01-01}
    outage: {login: last_good}
retention:
  - {record: identity, years: 5, since: record, mark: S, source: [X1]}
  - {record: payments, years: null, since: record, mark: K}
  - {record: play, years: null, since: record, mark: K}
  - {record: aml, years: null, since: record, mark: K}
  - {record: rg_log, years: null, since: record, mark: K}
  - {record: exclusions, years: null, since: record, mark: K}
  - {record: tax, years: null, since: record, mark: K}
  - {record: consents, years: null, since: record, mark: K}
tax:
  - id: XX-TAX
    name: tax
    kind: tax
    base: stakes
    period: month
    mark: S
    source: [X1]
    rule: XX-DL-1
    items:
      voids: {counts: reversed, mark: D}
    rates:
      - {effective: {from: 2026-01-01}, percent: "5.3", mark: S, source: [X1]}
interventions:
  - id: XX-STEP-1
    when: {marker: "*", is_strong: true}
    level: restrict
    steps: [suppress_marketing, review]
    deadline: PT0S
    review_within: P1D
    evaluate_after: P14D
    rule: XX-DL-1
    mark: D
sources:
  X1: https://example.org/one
  X2: https://example.org/two https://example.org/three
"""
MISTAKES = [
    # what stands in the file, what is written instead, the line's text, what is said
    ("timezone: Europe/Malta", "timezone: Europe/Nowhere", "timezone:", "no zone"),
    ("currency: EUR", "currency: EUX", "currency:", "no currency"),
    ("age_least: 18", "age_least: 8", "age_least:", "between 16 and 30"),
    ("revision: 1", "revision: 0", "revision:", "counts from 1"),
    ("region: XX", "region: XX\nregion: XY", "region: XY", "written twice"),
    ("region: XX\n", "", "pack: XX", "region is missing"),
    ("name: Nowhere", "nome: Nowhere", "nome:", "no field of a pack"),
    ("pack: XX", "pack: ON", "pack: ON", "Expected `str`, got `bool`"),
    ("title: slower still", "titel: slower still", "- id: XX-GAME-1", "`titel`"),
    ("mark: P\n", "mark: Q\n", "mark: Q", "Invalid enum value 'Q'"),
    ("to: 2026-07-01}", "to: 2026-08-01}", "{from: 2026-07-01}", "meets its row before"),
    ("to: 2026-07-01}", "to: 2025-07-01}", "to: 2025-07-01", "not after its beginning"),
    ("id: XX-DL-1\n", "id: deposits\n", "id: deposits", "expected such as XX-DL-1"),
    ("source: [X1, X2]", "source: [X1, X9]", "source: [X1, X9]", "X9 is no key"),
    ("source: [X1, X2]", "source: [X1]", "X2: https", "used by no row"),
    ("source: [X1, X2]", "source: []", "mark: P", "P without a source"),
    ("mark: D\n    source: []", "mark: D\n    source: [X1]", "mark: D", "no source claims"),
    ("X1: https://example.org/one", "X1: see there", "X1: see", "expected an address"),
    ("check: pace\n    with: {game_types: [slot], at_least: PT3S}", "check: paces\n    with: {}",
     "check: paces", "no check 'paces'"),
    ("at_least: PT3S}", "at_leest: PT3S}", "at_leest", "unknown field `at_leest`"),
    ("at_least: PT3S}", "at_least: 3}", "at_least: 3}", "Expected `str`"),
    ("covered_by: tests", "check: \"\"", "- id: XX-FVC-1", "neither check and covered_by"),
    ("at_least: PT3S}", "at_least: PT3S}\n    covered_by: tests", "- id: XX-GAME-1", "both check"),
    ("covered_by: tests", "covered_by: tests\n    with: {a: b}", "with: {a", "without a check"),
    ("rule XX-GAME-1 for", "rule XX-GAME-9 for", "covered_by: rule", "no rule XX-GAME-9"),
    ("{at_least: higher}", "{most: higher}", "adjustable:", "most is not in with"),
    ("frames: [day, month]", "frames: []", "measure: {of: deposits, net", "calendar window with"),
    ("frames: [day, month]", "frames: [day, fortnight]", "fortnight", "no frame 'fortnight'"),
    ("frames: [day, month]", "frames: [day, day]", "frames: [day, day]", "a frame twice"),
    ("length: P30D", "length: P1M", "length: P1M", "a rolling window of P1M"),
    ("length: P30D", "frames: [day]", "measure: {of: deposits, w", "rolling window with length"),
    ("type: rolling, length: P30D", "type: accrued, anchor: birthday", "birthday", "an anchor"),
    ("of: deposits, net: true", "of: balance, net: true", "of: balance", "net balance"),
    ("target: [deposit], until", "target: [], until", "target: [], until", "without a target"),
    ("target: [deposit], until", "target: [depsit], until", "[depsit]", "a target 'depsit'"),
    ("until: frame_end", "until: frame_ends", "until: frame_ends", "a term 'frame_ends'"),
    ("duty: look, deadline", "deadline", "{type: duty, deadline", "without the name of what is"),
    ("deadline: P2D", "deadline: 2 days", "deadline: 2 days", "a term '2 days'"),
    ("type: block, target: [deposit], until: frame_end", "type: pend, target: [deposit]",
     "type: pend", "pend without an end"),
    ("window: {type: rolling, length: P30D}}\n    action: {type: duty, duty: look, deadline: P2D}",
     "window: {type: instant}}\n    action: {type: block, target: [stake], until: frame_end}",
     "- id: XX-FVC-1", "its window has no frames"),
    ("target: [stake], until: next_start", "target: [withdrawal]", "- id: XX-GAME-1",
     "block of withdrawals, which pace may not hold"),
    ("rule: XX-DL-1\n    at: [login]", "rule: XX-DL-9\n    at: [login]", "rule: XX-DL-9",
     "no rule XX-DL-9"),
    ("at: [login]", "at: []", "list:", "at no check point"),
    ("at: [login]", "at: [play]", "list:", "an outage at login"),
    ("at: [login]", "at: [logon]", "at: [logon]", "Invalid enum value 'logon'"),
    ("    outage: {login", "    timeout: soon\n    outage: {login", "list:", "a term 'soon'"),
    ("{record: consents, years: null, since: record, mark: K}",
     "{record: tax, years: null, since: record, mark: K}", "retention:", "nothing on consents"),
    ("{record: tax, years: null, since: record, mark: K}",
     "{record: tax, years: null, since: record, mark: D}", "record: tax", "marked D - expected K"),
    ("years: 5", "years: 0", "years: 0", "0 years"),
    ("percent: \"5.3\"", "percent: \"5,3\"", "- id: XX-TAX", "a rate of '5,3'"),
    ("percent: \"5.3\"", "percent: \"530\"", "- id: XX-TAX", "a rate of 530 %"),
    ("percent: \"5.3\"", "percent: 5.3", "percent: 5.3", "Expected `str`, got `float`"),
    ("kind: tax", "kind: statistic", "- id: XX-TAX", "a statistic with 1 rates"),
    ("base: stakes\n", "base: commission\n    less_tax: true\n", "- id: XX-TAX", "less_tax of"),
    ("{counts: reversed, mark: D}", "{counts: unknown, mark: D}", "- id: XX-TAX", "unknown is K"),
    ("when: {marker: \"*\", is_strong: true}", "when: {marker: \"*\"}", "- id: XX-STEP-1",
     "any marker at all"),
    ("{marker: \"*\", is_strong: true}", "{marker: M-NIGHT, value: share}", "- id: XX-STEP-1",
     "go together"),
    ("steps: [suppress_marketing, review]", "steps: [message]", "- id: XX-STEP-1",
     "without a step that restricts"),
    ("    review_within: P1D\n", "", "- id: XX-STEP-1", "a review without a time"),
    ("deadline: PT0S", "deadline: now", "- id: XX-STEP-1", "a term 'now'"),
]  # fmt: skip


def faults(folder: Path, text: str, name: str = "XX.yaml") -> list[Fault]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return lint(path)


def test_a_good_pack_has_no_mistake(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD) == []


@pytest.mark.parametrize(("old", "new", "line_of", "said"), MISTAKES)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line_of: str, said: str
) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD

    found = faults(tmp_path, text)

    lines = text.splitlines()
    told = [(lines[fault.line - 1].strip(), fault.says) for fault in found]
    assert any(line_of in line and said in says for line, says in told), told


def test_every_mistake_is_told_not_only_the_first(tmp_path: Path) -> None:
    text = GOOD.replace("mark: S", "mark: Z").replace("timing: at the request", "timming: x")

    found = faults(tmp_path, text)

    assert {fault.where.partition("]")[0] for fault in found} >= {
        "rules[XX-GAME-1", "rules[XX-DL-1", "retention[0", "tax[XX-TAX",
    }  # fmt: skip


def test_a_file_named_otherwise_is_a_mistake(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD, "YY.yaml")

    assert [fault.says for fault in found] == ["pack XX in a file named YY"]


@pytest.mark.parametrize("text", ["rules: [", "\t- x", "- a\n- b\n", "", "just words"])
def test_what_is_no_pack_at_all_is_one_mistake_and_no_crash(tmp_path: Path, text: str) -> None:
    assert len(faults(tmp_path, text)) == 1


def test_parameters_are_plain_text_numbers_and_lists(tmp_path: Path) -> None:
    text = GOOD.replace("at_least: PT3S}", "at_least: PT3S, since: 2026-01-01, of: {25: 1.5}}")

    said = " ".join(fault.says for fault in faults(tmp_path, text))

    assert "datetime.date" in said
    assert "key 25" in said
    assert "1.5" in said


def test_the_place_of_a_thing_that_is_not_there_is_what_holds_it() -> None:
    found = placed("a:\n  - b: 1\n  - c: 2\n")

    assert found.line(("a", 1, "d", "e")) == 3
