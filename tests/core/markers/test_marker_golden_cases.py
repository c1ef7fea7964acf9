"""Every marker at its bounds, as files say; declarations that hold together; packs that agree."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.compliance.calendar import exact_us
from core.compliance.load import packs
from core.markers.deeds import Deed
from core.markers.marker import SOURCES, known_markers
from core.markers.past import Past
from core.markers.scene import scene_of
from core.markers.watching import met_of

ROOT = Path(__file__).resolve().parents[3]
CASES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/golden/markers/cases.yaml").read_text())


def deeds(case: dict[str, Any]) -> list[Deed]:
    pack = packs()[case["pack"]]
    common: dict[str, Any] = {"player": "p", "known_us": 0, "currency": pack.currency}
    found = [
        Deed(
            **common, at_us=0, id="registered", kind="registered", jurisdiction=pack.pack,
            birth_year=case.get("birth_year", 1980),
        )
    ]  # fmt: skip
    for number, said in enumerate(case["deeds"]):
        at_us = pack.zone.instant(datetime.fromisoformat(str(said["at"])))
        found += [
            Deed(
                **common, at_us=at_us + count * exact_us(said.get("every", "PT1M")),
                id=said.get("name", f"{number}-{count}"), kind=said["kind"],
                amount=said.get("amount", 0), about=said.get("about", ""),
                balance=said.get("balance"),
            )
            for count in range(said.get("times", 1))
        ]  # fmt: skip
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_player_s_figures_are_what_the_case_says(case: dict[str, Any]) -> None:
    past, pack = Past("p"), packs()[case["pack"]]
    for one in deeds(case):
        past.add(one)
    scene = scene_of(past, pack.zone)

    given = {name: known_markers()[name].values(scene) for name in case["expect"]}
    met = [marker.name for marker, _, _ in met_of(scene, pack)]

    assert given == case["expect"]
    assert met == case["met"]


def test_every_marker_has_cases_on_both_sides_of_its_bound() -> None:
    met = Counter(name for case in CASES for name in case["met"])
    spoken_of = Counter(name for case in CASES for name in case["expect"])
    context = {name for name, one in known_markers().items() if not one.floors}

    assert set(met) == set(known_markers()) - context
    assert set(spoken_of) >= set(known_markers()) - {"M-VAR", "M-CHASE-BTW"}


@pytest.mark.parametrize("pack_id", sorted(packs()))
def test_a_pack_intervenes_at_figures_there_are(pack_id: str) -> None:
    for one in packs()[pack_id].interventions:
        if one.when.marker != "*":
            marker = known_markers()[one.when.marker]
            assert not one.when.value or one.when.value in marker.gives, one.id


def test_every_marker_is_intervened_at_by_some_pack_or_is_context_or_our_own() -> None:
    used = {one.when.marker for pack in packs().values() for one in pack.interventions}
    unused = {name for name, one in known_markers().items() if one.floors and name not in used}

    assert unused == {"M-SESSLOSS", "M-TOOLS"}  # told as met, answered by each pack's own rule


def test_every_source_of_a_marker_is_known() -> None:
    known = set(SOURCES) | {key for pack in packs().values() for key in pack.sources}

    assert {key for one in known_markers().values() for key in one.source} <= known
