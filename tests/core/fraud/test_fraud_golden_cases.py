"""Every rule of fraud at its bounds, as files say, each finding with its evidence."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.compliance.calendar import instant_us
from core.fraud.deeds import Deed
from core.fraud.rule import known_rules
from core.fraud.watching import Watch

ROOT = Path(__file__).resolve().parents[3]
CASES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/golden/fraud/cases.yaml").read_text())


def deeds(rows: list[Any]) -> Iterator[Deed]:
    for number, row in enumerate(rows):
        if isinstance(row, list):
            yield _deed(f"e{number}", row, 0)
            continue
        for count in range(row["times"]):
            for place, one in enumerate(row["deeds"]):
                yield _deed(f"e{number}-{count:02}-{place}", one, count * row["every"])


def _deed(name: str, row: list[Any], minutes: int) -> Deed:
    at, player, kind, more = row
    when = datetime.fromisoformat(str(at)).replace(tzinfo=UTC) + timedelta(minutes=minutes)
    said = {"name": name, **more}
    if minutes or said.get("what") == "r":
        said["what"] = f"{said['what']}{minutes}"
    at_us = instant_us(when)
    return Deed(id=name, player=player, kind=kind, at_us=at_us, known_us=at_us, **said)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_what_is_found_is_what_the_case_says(case: dict[str, Any]) -> None:
    found = list(Watch().take(deeds(case["deeds"])))

    named = sorted([one.rule, one.player, *one.evidence.others] for one in found)
    assert named == sorted(case["expect"])
    for one in found:
        assert one.evidence.said
        assert one.evidence.facts
        assert one.evidence.figures[0].bound
        assert one.evidence.since_us <= one.evidence.until_us


def test_every_rule_has_a_case_that_meets_it_and_one_that_does_not() -> None:
    met = {row[0] for case in CASES for row in case["expect"]}

    assert met == set(known_rules())
    assert sum(not case["expect"] for case in CASES) >= len(known_rules())


def test_every_rule_says_why_and_on_what_it_stands() -> None:
    assert all(rule.why and rule.source and rule.title for rule in known_rules().values())
