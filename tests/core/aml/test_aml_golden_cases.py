"""Every golden case of tests/golden/aml: given facts of players, the patterns found.

A case names a pack, a typology with its parameters, the accounts with what they did, and what must
be found of the first account: nothing, or one finding per entry with the sum and the last instant.
Instants are on the pack's clock.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from core.aml.evidence import Evidence
from core.aml.facts import Income, Link, Mismatch, Payment, PlayerFacts, Scene, Stake
from core.aml.typology import known_typologies, parameters_of
from core.compliance.load import packs
from core.compliance.names import name_key
from core.compliance.pack import Pack
from core.money import amount_minor, decimal_text

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "aml"
CASES = [
    case
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load_all(path.read_text())
    if case
]


def _at(pack: Pack, text: str) -> int:
    if text.endswith("Z"):
        at = datetime.fromisoformat(text)
        return int(at.astimezone(UTC).timestamp()) * 1_000_000
    return pack.zone.instant(datetime.fromisoformat(text))


def _facts(pack: Pack, player: str, said: dict[str, Any]) -> PlayerFacts:
    rows: dict[str, list[Any]] = {"payments": [], "stakes": [], "incomes": [], "mismatches": []}
    for number, (at, kind, amount, *more) in enumerate(said.get("facts", [])):
        at_us, fields = _at(pack, at), dict(more[0]) if more else {}
        if "holder" in fields:
            fields["holder"] = name_key(fields["holder"])
        units = amount_minor(str(amount), pack.currency)
        name = f"{player}-{number}"
        if kind == "stake":
            rows["stakes"].append(Stake(id=name, at_us=at_us, real=units, player=player, **fields))
        elif kind == "income":
            rows["incomes"].append(Income(id=name, at_us=at_us, annual=units))
        elif kind == "mismatch":
            rows["mismatches"].append(Mismatch(id=name, at_us=at_us, rule=fields["rule"]))
        else:
            rows["payments"].append(Payment(
                id=name, at_us=at_us, kind=kind, amount=units, player=player, **fields
            ))  # fmt: skip
    opened = said.get("opened")
    return PlayerFacts(
        player=player, opened_us=None if opened is None else _at(pack, opened),
        name_key=name_key(said["name"]) if "name" in said else None,
        activity=[_at(pack, at) for at in said.get("active", [])],
        payments=rows["payments"], stakes=rows["stakes"], incomes=rows["incomes"],
        mismatches=rows["mismatches"],
    )  # fmt: skip


def _found(case: dict[str, Any]) -> tuple[Pack, list[Evidence]]:
    pack = packs()[case["pack"]]
    typology = known_typologies()[case["typology"]]
    first, *others = (_facts(pack, name, said) for name, said in case["players"].items())
    links = [Link(*link) for link in case.get("links", [])]
    scene = Scene(
        player=first, linked=others, links=links, zone=pack.zone, currency=pack.currency
    )  # fmt: skip
    parameters = parameters_of(typology, msgspec.to_builtins(case.get("parameters", {})))
    return pack, list(typology.look(scene, parameters))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_golden_case_is_found_as_written(case: dict[str, Any]) -> None:
    pack, found = _found(case)

    said = [
        {"amount": decimal_text(one.amount, pack.currency), "until": one.until_us} for one in found
    ]
    expected = [
        {"amount": one["amount"], "until": _at(pack, one["until"])} for one in case["expect"]
    ]
    assert said == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_what_is_found_is_evidence_and_no_flag(case: dict[str, Any]) -> None:
    _, found = _found(case)

    for one in found:
        assert one.said.endswith(".")
        assert one.transactions
        assert any(figure.bound for figure in one.figures)
        assert one.since_us <= one.until_us
        assert [line.at_us for line in one.transactions] == sorted(
            line.at_us for line in one.transactions
        )


def test_every_typology_has_cases_that_find_and_cases_that_do_not() -> None:
    for name in known_typologies():
        kinds = {bool(case["expect"]) for case in CASES if case["typology"] == name}

        assert kinds == {True, False}, name
