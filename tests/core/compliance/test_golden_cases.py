"""Every golden case, as its file says it, judged in memory."""

from pathlib import Path

import pytest

from core.compliance.load import packs
from core.compliance.scenario import Scenario, faults_of, read_scenarios
from tests.core.compliance.memory_house import MemoryHouse

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "compliance"
CASES = [
    scenario for path in sorted(FOLDER.rglob("*.yaml")) for scenario in read_scenarios(path)
]  # fmt: skip


@pytest.mark.parametrize("scenario", CASES, ids=lambda scenario: scenario.case)
def test_a_golden_case_is_decided_and_logged_as_written(scenario: Scenario) -> None:
    pack = packs()[scenario.pack]
    house = MemoryHouse(pack, scenario.switch_on)

    faults = faults_of(scenario, pack, house)

    assert not faults, "\n".join(faults)
