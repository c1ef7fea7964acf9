"""The packs hold every rule the specification knows, with the mark it was given there.

Ids and marks are facts. Where sources differ or a text is a draft the mark says so (C, draft).
"""

from pathlib import Path

import pytest

from core.compliance.judge import bound, known_checks
from core.compliance.lint import lint
from core.compliance.load import FOLDER, packs
from core.compliance.pack import Pack

PACKS = packs()
SPECIFIED = {
    "GB": """
        DL-1 P DL-2 P DL-3 P DL-4 P DL-4-CONFIRM K DL-5 P DL-6 P DL-7 S FVC-1 P FVC-1-REUSE K
        FRA-1 proposed CI-1 P CI-2 P CI-3 P CI-4 S SLOT-1 P GAME-1 K GAME-2 S GAME-3 P GAME-4 P
        RC-1 S TO-1 C SE-1 S SE-1-COOL K SE-2 S WD-1 P WD-3 P WD-4 P KYC-1 P MKT-1 P BON-1 P
        BON-2 P AML-1 P AML-2 S REP-1 P REP-2 S TAX-1 P
    """,
    "MT": """
        MOH-1 S LIM-1 P LIM-2 K RC-1 P TO-1 P SE-1 P SE-2 S WD-2 S HIST-1 S AML-1 P TAX-1 S
    """,
    "DE": """
        LUGAS-1 P LUGAS-2 P LUGAS-3 S LUGAS-4 S LIM-4 S ACT-1 P ACT-2 S SLOT-1 S SLOT-2 S SLOT-3 P
        SLOT-4 S PANIC-1 S OASIS-1 P EARLY-1 P SAFE-1 P PAY-1 P WD-5 P TAX-1 P LOC-3 P
    """,
    "SE": """
        DL-1 P DL-2 P DL-3 P DL-4 P UI-1 S UI-2 S BON-1 P SE-1 S WD-4 S CRED-1 C REP-1 S TAX-1 S
    """,
    "NL": """
        NET-1 C NET-2 S CONTACT-1 S LIM-1 P LIM-2 S LIM-3 S LIM-4 S POP-1 S RT-1 S BON-1 P CRUKS-1 S
        WD-6 P CDB-1 P TAX-1 S LOC-1 S REFORM-1 proposed
    """,
    "DK": """
        DL-1 S DL-2 S DL-3 C SE-1 S ROFUS-1 P UI-1 S BON-1 S SAFE-1 P KEEP-1 S TAX-1 P
    """,
    "ES": """
        DL-1 S JDL-1 C JDL-2 draft JDL-3 S INT-1 C YOUNG-1 C SES-1 S SES-2 S RGIAJ-1 S SCI-1 P
        KEEP-1 draft TAX-1 S
    """,
    "ON": """
        AGE-1 P BRK-1 P SE-1 P SE-2 S SE-3 S ROUND-2 P ROUND-3 S GAME-1 S GAME-2 S GAME-3 S IDLE-1 P
        DORM-1 P MKT-1 P LIM-1 S LIM-2 K LIM-3 K REP-1 K
    """,
    "NJ": """
        DEP-1 P LOG-1 P P2P-1 P RTN-1 P LIM-1 P LIM-2 K LIM-3 S SUS-1 P WD-1 P SE-1 C DORM-1 S
        RG-1 proposed RG-2 proposed RG-3 proposed RG-4 proposed RG-5 proposed RG-6 proposed
        RG-7 proposed LOG-2 P KEEP-1 P LOC-2 S TAX-1 S ROUND-1 S
    """,
}
FEDERAL = "US-CTR-1 P US-SAR-1 P US-STR-1 P US-KEEP-1 P US-W2G-1 S US-W2G-2 C"
EUROPEAN = "EU-AML-1 P EU-AML-2 S EU-AML-3 S EU-AML-4 P"
LABORATORY = "GLI-1 P GLI-2 K"
EVERYWHERE = "AGE-1 KYC-1 LIM-0 UNDO-1 ROUND-1 ROUND-2 REG-0 WD-0 WD-LEGAL MKT-0 DUTY-1 GDPR-1"
EVERYWHERE += " GDPR-2 AI-1 RET-1 LOG-0 READ-1"
IN_THE_UNION = {"MT", "DE", "SE", "NL", "DK", "ES"}


def wanted(name: str) -> list[tuple[str, str]]:
    words = SPECIFIED[name].split()
    found = [(f"{name}-{rule}", mark) for rule, mark in zip(words[::2], words[1::2], strict=True)]
    others = FEDERAL if name == "NJ" else EUROPEAN if name in IN_THE_UNION else ""
    if name in {"NJ", "ON"}:
        others += f" {LABORATORY}"
    words = others.split()
    return found + list(zip(words[::2], words[1::2], strict=True))


EACH = [(name, *row) for name in SPECIFIED for row in wanted(name)]


@pytest.mark.parametrize(("name", "rule_id", "mark"), EACH)
def test_a_rule_of_the_specification_is_there_with_its_mark(
    name: str, rule_id: str, mark: str
) -> None:
    rows = [rule for rule in PACKS[name].rules if rule.id == rule_id]

    assert rows, f"{rule_id} is missing"
    assert rows[-1].mark == mark


@pytest.mark.parametrize("name", sorted(PACKS))
def test_what_no_law_need_say_is_in_every_pack(name: str) -> None:
    ids = {rule.id for rule in PACKS[name].rules}

    assert {f"{name}-{rule}" for rule in EVERYWHERE.split()} <= ids


@pytest.mark.parametrize("name", sorted(PACKS))
def test_a_pack_has_no_mistake(name: str) -> None:
    assert [str(fault) for fault in lint(FOLDER / f"{name}.yaml")] == []


@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.pack)
def test_a_rules_check_exists_and_takes_its_parameters(pack: Pack) -> None:
    for rule in pack.rules:
        if rule.check:
            bound(rule)


def test_every_check_is_used_by_some_pack() -> None:
    used = {rule.check for pack in PACKS.values() for rule in pack.rules}

    assert sorted(known_checks().keys() - used) == []


def test_every_pack_says_when_its_pages_were_read() -> None:
    assert all(pack.as_of is not None for pack in PACKS.values())


def test_the_unconfirmed_and_what_is_not_in_force_ship_off() -> None:
    off = {rule.id for pack in PACKS.values() for rule in pack.rules if not rule.ships_on}

    assert off >= {"GB-GAME-1", "GB-FRA-1", "MT-LIM-2", "ES-JDL-2", "NJ-RG-1", "NL-REFORM-1"}


def test_no_code_names_a_jurisdiction() -> None:
    folder = Path(__file__).resolve().parents[3] / "core" / "compliance"
    names = [f'"{name}"' for name in PACKS] + [f"'{name}'" for name in PACKS]
    guilty = [
        f"{path.name}: {name}"
        for path in sorted(folder.rglob("*.py"))
        for name in names
        if name in "".join(line for line in path.read_text().splitlines() if ">>>" not in line)
    ]

    assert not guilty, f"{guilty}: numbers and names belong into the packs"


def test_no_pack_and_no_page_of_one_claims_to_be_advice() -> None:
    pages = (Path(__file__).resolve().parents[3] / "docs" / "jurisdictions").glob("*.md")

    assert all("not legal advice" in page.read_text() for page in pages)
