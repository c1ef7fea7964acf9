"""`evenhand packs try`: golden cases played on a ledger made for the purpose. Way: file -> here."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.progress import track

from core.compliance.load import packs_with
from core.compliance.pack import Pack
from core.compliance.scenario import Scenario, faults_of, read_scenarios
from core.errors import NotReadyError
from core.ledger.migrate import migrate
from core.ledger.open_ledger import open_backend
from pipelines.scenario_house import LedgerHouse


def tried(paths: Iterable[Path], overlay: Path | None) -> bool:
    """Play every case of the files; print what was not as expected; say whether all was."""
    console, packs = Console(soft_wrap=True, markup=False), packs_with(overlay)
    cases = [case for path in paths for case in read_scenarios(path)]
    failed = 0
    for case in track(cases, "playing", console=Console(stderr=True)):
        if case.pack not in packs:
            raise NotReadyError(f"{case.case}: no pack {case.pack}", expected=", ".join(packs))
        faults = _played(case, packs[case.pack])
        failed += bool(faults)
        console.print(f"{'wrong' if faults else 'as written'}: {case.case} - {case.title}")
        for fault in faults:
            console.print(f"  {fault}")
    console.print(f"{len(cases)} cases, {failed} not as written")
    return not failed


def _played(case: Scenario, pack: Pack) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="case-") as folder:
        url = f"sqlite:///{Path(folder) / 'ledger.sqlite'}"
        migrate(url)
        with closing(open_backend(url)) as backend:
            return faults_of(case, pack, LedgerHouse(url, backend, pack, case.switch_on))
