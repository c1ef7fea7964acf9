"""Packs: dates, marks, versions, hashes; read, kept and read back."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compliance.archive import content, hash_of, restored
from core.compliance.load import FOLDER, load, packs
from core.compliance.marks import SHIPS_OFF, Effective, Mark
from core.compliance.measure import Measure, Window
from core.compliance.pack import Action, Pack, PackRule, content_hash
from core.compliance.parts import Retention
from core.errors import DeclarationError

PACKS = packs()
DAYS = st.dates(date(2018, 1, 1), date(2030, 1, 1))
GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "compliance_archive"


def row(rule_id: str = "XX-DL-1", mark: Mark = "D", **dates: date) -> PackRule:
    fields: dict[str, Any] = {"from_": date(2026, 1, 1), **dates}
    return PackRule(
        id=rule_id, title="a title", effective=Effective(**fields), mark=mark, source=(),
        measure=Measure(of="none", window=Window(type="instant")),
        action=Action(type="record"), timing="at once", covered_by="tests",
    )  # fmt: skip


def small_pack(*rules: PackRule, **parts: Any) -> Pack:
    return Pack(
        pack="XX", name="Nowhere", authority="Nobody", revision=1, timezone="Europe/Malta",
        currency="EUR", region="XX", age_least=18, rules=rules or (row(),), sources={}, **parts,
    )  # fmt: skip


def test_there_are_nine_jurisdictions_each_named_by_its_file() -> None:
    assert sorted(PACKS) == ["DE", "DK", "ES", "GB", "MT", "NJ", "NL", "ON", "SE"]


def test_a_rule_binds_from_its_first_day_to_the_day_before_its_last() -> None:
    pack = small_pack(row(from_=date(2026, 3, 1), to=date(2026, 4, 1)))

    bound = [day for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31),
                             date(2026, 4, 1)) if pack.in_force(day)]  # fmt: skip

    assert bound == [date(2026, 3, 1), date(2026, 3, 31)]


@pytest.mark.parametrize("mark", sorted(SHIPS_OFF))
def test_what_is_unconfirmed_or_not_in_force_ships_off_and_can_be_switched_on(mark: Mark) -> None:
    pack, day = small_pack(row(mark=mark)), date(2026, 6, 1)

    assert pack.in_force(day) == ()
    assert len(pack.in_force(day, switched_on=frozenset({"XX-DL-1"}))) == 1


@given(DAYS)
def test_no_rule_binds_by_two_rows_on_one_day(day: date) -> None:
    for pack in PACKS.values():
        ids = [rule.id for rule in pack.rules if rule.effective.covers(day)]

        assert len(set(ids)) == len(ids), f"{pack.pack} on {day}"


@given(DAYS)
def test_the_version_changes_on_the_days_the_rows_change_and_on_no_other(day: date) -> None:
    before = day - timedelta(days=1)
    for pack in PACKS.values():
        rows = [[rule for rule in pack.rules if rule.effective.covers(on)] for on in (before, day)]

        changed = pack.version(before) != pack.version(day)

        assert changed == (rows[0] != rows[1]), f"{pack.pack} on {day}"


def test_the_british_deposit_limit_is_another_from_the_last_day_of_september_2026() -> None:
    pack = PACKS["GB"]

    old, new = (
        [rule for rule in pack.in_force(day) if rule.id in {"GB-DL-1", "GB-DL-2"}]
        for day in (date(2026, 9, 29), date(2026, 9, 30))
    )

    assert [rule.id for rule in old] == ["GB-DL-1"]
    assert [rule.id for rule in new] == ["GB-DL-1", "GB-DL-2"]
    assert old[0] != new[0]
    assert pack.version(date(2026, 9, 30)) == "2026.09.30-1"


@pytest.mark.parametrize("name", sorted(PACKS))
def test_a_pack_read_back_from_its_bytes_is_the_same_pack(name: str) -> None:
    pack = PACKS[name]

    stored = content(pack)

    assert restored(stored, content_hash(pack)) == pack
    assert hash_of(stored) == content_hash(pack)
    assert content(restored(stored, content_hash(pack))) == stored


def test_what_a_judge_adds_to_a_hash_is_not_looked_at() -> None:
    pack = small_pack()

    assert restored(content(pack), f"{content_hash(pack)}+XX-DL-1") == pack


@given(st.data())
def test_any_byte_changed_in_an_archived_pack_is_seen(data: st.DataObject) -> None:
    pack = small_pack()
    stored = bytearray(content(pack))
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(DeclarationError, match="hash"):
        restored(bytes(stored), content_hash(pack))


def test_bytes_that_are_no_pack_are_refused_even_under_their_own_hash() -> None:
    stored = b'{"pack": "XX"}'

    with pytest.raises(DeclarationError, match="missing required field"):
        restored(stored, hash_of(stored))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.name)
def test_packs_archived_by_earlier_versions_are_read_still(path: Path) -> None:
    stored = path.read_bytes()

    pack = restored(stored, path.stem.partition("-")[2])

    assert content_hash(pack) == hash_of(stored)


def test_every_change_of_a_pack_changes_its_hash() -> None:
    pack = small_pack()
    kept = Retention(record="tax", years=7, since="record", mark="D")
    changed = [
        msgspec.structs.replace(pack, revision=2),
        msgspec.structs.replace(pack, rules=(row(mark="K"),)),
        msgspec.structs.replace(pack, retention=(kept,)),
        msgspec.structs.replace(pack, sources={"X1": "https://example.org"}),
    ]

    hashes = {content_hash(one) for one in (pack, *changed)}

    assert len(hashes) == len(changed) + 1


def test_the_order_of_a_files_keys_changes_no_hash(tmp_path: Path) -> None:
    import yaml

    said = yaml.safe_load((FOLDER / "MT.yaml").read_text())
    turned = dict(reversed(said.items()))
    (tmp_path / "MT.yaml").write_text(yaml.safe_dump(turned, sort_keys=False))

    assert content_hash(load(tmp_path / "MT.yaml")) == content_hash(PACKS["MT"])


def test_an_unknown_field_is_refused_with_its_place(tmp_path: Path) -> None:
    text = (FOLDER / "MT.yaml").read_text().replace("    timing:", "    timeing:", 1)
    (tmp_path / "MT.yaml").write_text(text)

    with pytest.raises(DeclarationError, match=r"timeing.*rules\[0\]"):
        load(tmp_path / "MT.yaml")


def test_a_file_that_bears_another_packs_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "GB.yaml").write_text((FOLDER / "MT.yaml").read_text())

    with pytest.raises(DeclarationError, match=r"MT\.yaml"):
        packs(tmp_path)


def test_of_several_claims_on_a_record_the_longest_is_kept() -> None:
    claims = [
        Retention(record="aml", years=years, since="record", mark="D") for years in (5, 10, 7)
    ]
    unknown = Retention(record="aml", years=None, since="record", mark="K")

    longest = small_pack(retention=(*claims, unknown)).kept("aml")

    assert longest is not None
    assert longest.years == 10
    assert small_pack(retention=(unknown,)).kept("aml") is None


@pytest.mark.parametrize(
    ("pack", "tax", "day", "percent"),
    [
        ("GB", "GB-RGD", date(2026, 3, 31), "21"),
        ("GB", "GB-RGD", date(2026, 4, 1), "40"),
        ("SE", "SE-GAMBLING-TAX", date(2024, 6, 30), "18"),
        ("SE", "SE-GAMBLING-TAX", date(2024, 7, 1), "22"),
        ("NL", "NL-KSB", date(2025, 12, 31), "34.2"),
        ("NL", "NL-KSB", date(2026, 1, 1), "37.8"),
        ("NJ", "NJ-GGR-TAX", date(2025, 6, 30), "15"),
        ("NJ", "NJ-GGR-TAX", date(2025, 7, 1), "19.75"),
        ("NJ", "NJ-IAT", date(2026, 1, 1), "2.5"),
        ("DE", "DE-SLOT-TAX", date(2026, 1, 1), "5.3"),
        ("DK", "DK-DUTY", date(2026, 1, 1), "28"),
    ],
)
def test_a_tax_has_the_rate_of_the_day(pack: str, tax: str, day: date, percent: str) -> None:
    found = next(one for one in PACKS[pack].tax if one.id == tax)

    rate = found.rate_on(day)

    assert rate is not None
    assert rate.percent == percent


def test_a_day_before_any_known_rate_has_none() -> None:
    tax = next(one for one in PACKS["NL"].tax if one.id == "NL-KSB")

    assert tax.rate_on(date(2024, 12, 31)) is None


def test_german_slot_tax_is_contained_in_the_stake() -> None:
    tax = next(one for one in PACKS["DE"].tax)
    rate = tax.rate_on(date(2026, 1, 1))

    assert rate is not None
    due = 100_000_000 * rate.fraction / (1 + rate.fraction)

    assert tax.less_tax
    assert round(due) == 5_033_238


def test_a_silent_register_refuses_but_where_the_pack_says_otherwise() -> None:
    betguard, oasis = PACKS["ON"].registers["betguard"], PACKS["DE"].registers["oasis"]

    assert betguard.when_silent("login") == "last_good"
    assert betguard.when_silent("registration") == "refuse"
    assert oasis.when_silent("login") == "refuse"


def test_a_sign_is_acted_on_within_an_hour_in_the_netherlands() -> None:
    slow = [one.id for one in PACKS["NL"].interventions if one.deadline not in ("PT60M", "PT0S")]

    assert not slow


@pytest.mark.parametrize("name", sorted(PACKS))
def test_a_strong_sign_is_answered_at_once_and_reviewed_in_every_pack(name: str) -> None:
    strong = [one for one in PACKS[name].interventions if one.when.is_strong]

    assert [one.deadline for one in strong] == ["PT0S"]
    assert strong[0].review_within
    assert {"suppress_marketing", "suppress_bonus", "review"} <= set(strong[0].steps)


def test_parameters_survive_the_archive_as_they_are() -> None:
    given_here = {"bands": [{"below": 25, "most": "2.00"}, {"most": "5.00"}], "is_on": True}
    pack = small_pack(msgspec.structs.replace(row(), with_=given_here))

    back = restored(content(pack), content_hash(pack))

    assert back.rules[0].with_ == given_here
    assert json.loads(content(pack))["rules"][0]["with"] == given_here
