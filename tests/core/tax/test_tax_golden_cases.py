"""Every golden case of tests/golden/tax: a pack, what happened by day, what is due by each reading.

Amounts are decimal text in the pack's currency. A case looks only at the taxes and fields it names.
"""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.compliance.load import packs
from core.compliance.pack import Pack
from core.money import amount_minor, decimal_text
from core.tax.due import Due
from core.tax.items import DayItems
from core.tax.of_pack import dues_of, items_from

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "tax"
CASES = [
    case
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load_all(path.read_text())
    if case
]


def _items(pack: Pack, said: dict[str, Any]) -> DayItems:
    return items_from({
        name: amount_minor(value, pack.currency) if name not in ("day", "game_type") else value
        for name, value in said.items()
    })  # fmt: skip


def _dues(case: dict[str, Any]) -> tuple[Pack, list[Due]]:
    pack = packs()[case["pack"]]
    shares = {tax: Fraction(share) for tax, share in case.get("shares_off", {}).items()}
    days = [_items(pack, said) for said in case["days"]]
    return pack, dues_of(pack, days, case.get("applies", ()), shares)


def _told(due: Due, currency: str) -> dict[str, Any]:
    return {
        "says": due.reading.says,
        "base": decimal_text(due.base_minor, currency),
        "percents": [one.percent for one in due.stretches],
        "due": None if due.due_minor is None else decimal_text(due.due_minor, currency),
        "is_negative": due.is_negative,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_golden_case_is_due_as_written(case: dict[str, Any]) -> None:
    pack, dues = _dues(case)

    for tax, expected in case["expect"].items():
        told = [_told(due, pack.currency) for due in dues if due.tax.id == tax]
        assert len(told) == len(expected), tax
        for met, wanted in zip(told, expected, strict=True):
            assert {name: met[name] for name in wanted} == wanted, tax


@pytest.mark.parametrize("case", [c for c in CASES if "total" in c], ids=lambda case: case["case"])
def test_the_taxes_of_a_case_add_up(case: dict[str, Any]) -> None:
    pack, dues = _dues(case)

    total = sum(due.due_minor or 0 for due in dues)

    assert decimal_text(total, pack.currency) == case["total"]


@pytest.mark.parametrize("name", sorted(packs()))
def test_every_pack_can_be_reckoned_with_everything_that_can_happen(name: str) -> None:
    day = DayItems(
        day=date(2026, 10, 5), game_type="slots", stakes=1, prizes=1, bonus_stakes=1,
        bonus_stakes_cash=1, bonus_prizes=1, bonus_prizes_cash=1, locked_winnings=1,
        released_winnings=1, jackpot_contributions=1, void_stakes=1, void_prizes=1, commission=1,
    )  # fmt: skip

    assert dues_of(packs()[name], [day])
