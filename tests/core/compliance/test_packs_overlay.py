"""An operator may know better than a pack, and may never loosen what the law's own text says."""

from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compliance.archive import content, restored
from core.compliance.judge import Judge
from core.compliance.load import FOLDER, overlays, packs, packs_with
from core.compliance.measure import Window
from core.compliance.overlaid import is_beyond, overlaid
from core.compliance.overlay import Overlay
from core.compliance.pack import Pack, PackRule, content_hash
from core.compliance.parts import Retention
from core.compliance.requests.money import Deposit
from core.compliance.standing import Standing
from core.errors import DeclarationError

PACKS = packs()
DAY = date(2026, 11, 22)
MINE = "an operator"


def pack_of(**fields: object) -> Pack:
    """Return the Maltese pack with one rule in force: a pace, as given."""
    given_here = {"game_types": ["slot"], "at_least": "PT3S"}
    rule = msgspec.structs.replace(
        PACKS["MT"].rules[0], id="MT-GAME-1", check="pace", covered_by="", with_=given_here,
        **fields,
    )  # fmt: skip
    return msgspec.structs.replace(PACKS["MT"], rules=(rule,))


def changed(pack: Pack, **parameters: object) -> PackRule:
    overlay = Overlay(pack="MT", name=MINE, with_={"MT-GAME-1": parameters})
    return overlaid(pack, overlay).rules[0]


def test_without_an_overlay_packs_are_as_they_ship() -> None:
    assert packs_with() == packs()


def test_a_rule_that_ships_off_is_switched_on_by_its_id() -> None:
    overlay = Overlay(pack="GB", name=MINE, switched_on=("GB-GAME-1",))

    on = {rule.id for rule in overlaid(PACKS["GB"], overlay).in_force(DAY)}

    assert on - {rule.id for rule in PACKS["GB"].in_force(DAY)} == {"GB-GAME-1"}


def test_our_own_choice_is_switched_off_with_a_reason() -> None:
    overlay = Overlay(pack="GB", name=MINE, switched_off={"GB-AGE-1": "checked before us"})

    assert "GB-AGE-1" not in {rule.id for rule in overlaid(PACKS["GB"], overlay).in_force(DAY)}


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        (Overlay(pack="GB", name=MINE, switched_off={"GB-SLOT-1": "no"}), "marked P"),
        (Overlay(pack="GB", name=MINE, switched_off={"GB-AGE-1": " "}), "without a reason"),
        (Overlay(pack="GB", name=MINE, switched_off={"GB-XX-1": "no"}), "no rule GB-XX-1"),
        (Overlay(pack="GB", name=MINE, switched_on=("GB-SLOT-1",)), "no rule that ships off"),
        (Overlay(pack="GB", name=MINE, switched_on=("GB-XX-1",)), "no rule that ships off"),
        (Overlay(pack="GB", name=MINE, with_={"GB-XX-1": {"a": "b"}}), "no rule GB-XX-1"),
        (Overlay(pack="GB", name=MINE, with_={"GB-REP-1": {"a": "b"}}), "has no check"),
        (Overlay(pack="MT", name=MINE), "it is of pack MT"),
    ],
)
def test_what_an_overlay_may_not_say_is_refused(overlay: Overlay, said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        overlaid(PACKS["GB"], overlay)


def test_a_firm_rules_parameter_changes_only_where_the_pack_lets_it() -> None:
    with pytest.raises(DeclarationError, match="no adjustable parameter at_least"):
        changed(pack_of(mark="P"), at_least="PT9S")


def test_an_adjustable_parameter_changes_only_in_its_direction() -> None:
    pack = pack_of(mark="P", adjustable={"at_least": "higher"})

    assert changed(pack, at_least="PT4S").with_ == {"game_types": ["slot"], "at_least": "PT4S"}
    with pytest.raises(DeclarationError, match="may only be made higher than PT3S"):
        changed(pack, at_least="PT2.9S")


def test_a_free_parameter_changes_either_way() -> None:
    pack = pack_of(mark="P", adjustable={"at_least": "free"})

    assert changed(pack, at_least="PT1S").with_["at_least"] == "PT1S"


@pytest.mark.parametrize("mark", ["D", "K", "proposed", "draft"])
def test_what_is_ours_or_unconfirmed_is_the_operators_to_set(mark: str) -> None:
    assert changed(pack_of(mark=mark), at_least="PT1S").with_["at_least"] == "PT1S"


@pytest.mark.parametrize("mark", ["P", "S", "C"])
def test_what_some_law_says_is_not(mark: str) -> None:
    with pytest.raises(DeclarationError, match="no adjustable parameter"):
        changed(pack_of(mark=mark), at_least="PT1S")


def test_a_parameter_the_check_does_not_take_is_refused() -> None:
    with pytest.raises(DeclarationError, match="unknown field"):
        changed(pack_of(mark="D"), at_leest="PT1S")


def test_a_bound_is_tightened_and_never_loosened_by_way_of_its_ages() -> None:
    slots = next(rule for rule in PACKS["GB"].in_force(DAY) if rule.id == "GB-SLOT-1")
    old = slots.with_["bands"]
    lower = [{**band, "most": "1"} for band in old]
    younger = [{**band, "from_age": 18} if "from_age" in band else band for band in old]

    assert is_beyond(old, lower, "lower")
    assert not is_beyond(old, younger, "lower")
    assert not is_beyond(old, younger, "higher")
    assert not is_beyond(old, old[:1], "lower")


def cdd_logged(overlay: Overlay) -> bool:
    """Play golden case 27: 2,050 over seven months, 1,150 of them within 180 days."""
    days = [date(2025, 10, 1), date(2026, 3, 1), date(2026, 5, 1)]
    at = [PACKS["MT"].zone.day_start(day) for day in days]
    judge = Judge(overlaid(PACKS["MT"], overlay))
    standing = Standing(
        player="p", jurisdiction="MT", currency="EUR", pseudonym="q", born_on="1990-01-01",
        verified="full",
    )  # fmt: skip
    events: list[str] = []
    for at_us, euro in zip(at, (900, 800, 350), strict=True):
        asked = Deposit(at_us=at_us, payment_id=str(at_us), amount=euro * 1_000_000, currency="EUR")
        verdict, standing = judge.decide(asked, standing)
        events += [finding.event for finding in verdict.findings]
    return "CDD_REQUIRED" in events


def test_where_the_law_leaves_a_window_to_the_operator_he_chooses_one() -> None:
    accrued = {"MT-AML-1": Window(type="accrued")}

    assert not cdd_logged(Overlay(pack="MT", name=MINE))
    assert cdd_logged(Overlay(pack="MT", name=MINE, windows=accrued))


def test_a_window_the_law_does_not_leave_to_him_is_refused() -> None:
    month = {"MT-AML-1": Window(type="calendar", frames=("month",))}

    with pytest.raises(DeclarationError, match="no such choice"):
        overlaid(PACKS["MT"], Overlay(pack="MT", name=MINE, windows=month))


def test_an_overlay_is_part_of_the_hash_and_of_the_archive() -> None:
    overlay = Overlay(pack="GB", name=MINE)

    pack = overlaid(PACKS["GB"], overlay)

    assert content_hash(pack) != content_hash(PACKS["GB"])
    assert restored(content(pack), content_hash(pack)) == pack


def test_an_overlay_upon_an_overlay_is_refused() -> None:
    overlay = Overlay(pack="GB", name=MINE)

    with pytest.raises(DeclarationError, match="has an overlay already"):
        overlaid(overlaid(PACKS["GB"], overlay), overlay)


def test_an_operators_own_term_for_records_is_one_more_claim() -> None:
    kept = Retention(record="exclusions", years=3, since="record", mark="D")
    pack = overlaid(PACKS["GB"], Overlay(pack="GB", name=MINE, retention=(kept,)))

    longest = pack.kept("exclusions")

    assert longest is not None
    assert longest.years == 7


ANY_RULE = st.sampled_from([(pack.pack, rule.id) for pack in PACKS.values() for rule in pack.rules])


@given(ANY_RULE, st.sampled_from(["on", "off"]), st.dates(date(2019, 1, 1), date(2029, 1, 1)))
def test_no_overlay_that_is_taken_frees_anybody_of_a_firm_rule(
    named: tuple[str, str], wanted: str, day: date
) -> None:
    pack = PACKS[named[0]]
    off = {named[1]: "for a reason"} if wanted == "off" else {}
    overlay = Overlay(
        pack=pack.pack, name=MINE, switched_off=off, switched_on=() if off else (named[1],)
    )
    try:
        after = overlaid(pack, overlay)
    except DeclarationError:
        return

    firm = [rule for rule in pack.in_force(day) if rule.mark == "P"]

    assert [rule for rule in after.in_force(day) if rule.mark == "P"] == firm


@given(st.decimals(-1000, 1000, places=2), st.decimals(-1000, 1000, places=2))
def test_of_two_amounts_each_is_lower_or_the_other(first: object, second: object) -> None:
    one, two = str(first), str(second)

    assert is_beyond(one, two, "lower") or is_beyond(two, one, "lower")
    assert is_beyond(one, two, "lower") == is_beyond(two, one, "higher")


@pytest.mark.parametrize("value", [None, "soon", {"a": 1}, "NaN", "Infinity", "PT1H", ["1"], 1.5])
def test_what_cannot_be_compared_is_on_neither_side(value: object) -> None:
    assert not is_beyond("10", value, "lower")
    assert not is_beyond("10", value, "higher")


def test_an_overlays_file_may_speak_of_several_packs(tmp_path: Path) -> None:
    path = tmp_path / "operator.yaml"
    path.write_text(
        "pack: GB\nname: us\nswitched_on: [GB-GAME-1]\n---\n"
        'pack: "ON"\nname: us\nswitched_off: {ON-LIM-1: counsel}\n'
    )

    found = packs_with(path)

    assert [one for one, pack in sorted(found.items()) if pack.overlay] == ["GB", "ON"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pack: GB\nname: us\n---\npack: GB\nname: us\n", "one overlay of each pack"),
        ("pack: XX\nname: us\n", "one of"),
        ("pack: GB\nname: us\nrules: []\n", "unknown field `rules`"),
        ("pack: GB\nname: us\neffective: {from: 2026-01-01}\n", "unknown field `effective`"),
        ("pack: [", "operator.yaml"),
    ],
)
def test_an_overlays_file_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "operator.yaml"
    path.write_text(text)

    with pytest.raises(DeclarationError, match=said):
        packs_with(path, FOLDER)


def test_the_example_of_the_guide_is_an_overlay_that_is_taken(tmp_path: Path) -> None:
    guide = (FOLDER.parents[1] / "docs" / "packs.md").read_text()
    text = next(part for part in guide.split("```yaml\n") if part.startswith("pack: GB"))
    path = tmp_path / "operator.yaml"
    path.write_text(text.partition("```")[0])

    assert packs_with(path)["GB"].overlay == overlays(path)[0]
