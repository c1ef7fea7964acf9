"""Every golden case as its file says it: judged in memory, and from events in to the log."""

from pathlib import Path

import pytest

from core.compliance.load import packs
from core.compliance.scenario import Scenario, faults_of, read_scenarios
from core.ledger.backend import LedgerBackend
from pipelines.scenario_house import LedgerHouse
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


@pytest.mark.parametrize("scenario", CASES, ids=lambda scenario: scenario.case)
def test_a_golden_case_is_so_on_a_real_ledger(
    scenario: Scenario, ledger_url: str, ledger_backend: LedgerBackend
) -> None:
    pack = packs()[scenario.pack]
    house = LedgerHouse(ledger_url, ledger_backend, pack, scenario.switch_on)

    faults = faults_of(scenario, pack, house)

    assert not faults, "\n".join(faults)
