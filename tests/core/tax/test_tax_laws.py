"""Laws of taxes, on days nobody thought of."""

import os
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.load import packs
from core.compliance.parts import Treatment
from core.errors import DeclarationError
from core.tax.due import base_on, due_of, rounded
from core.tax.items import DayItems
from core.tax.of_pack import dues_of, items_from, taxes_of
from core.tax.readings import amount_of, readings_of

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "100"))
AMOUNTS = st.integers(0, 10**12)
GAMES = st.sampled_from(["slots", "table", "poker", "sports"])
FIELDS = [name for name in DayItems.__struct_fields__ if name not in ("day", "game_type")]
DAYS = st.builds(
    DayItems,
    day=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    game_type=GAMES,
    **dict.fromkeys(FIELDS, AMOUNTS),
)
PACKS = st.sampled_from(sorted(packs()))


@settings(max_examples=EXAMPLES)
@given(PACKS, st.lists(DAYS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_days_changes_nothing(name: str, days: list[DayItems], random: object) -> None:
    turned = list(days)
    random.shuffle(turned)  # type: ignore[attr-defined]

    told = [(d.tax.id, d.reading.says, d.base, d.due_minor) for d in dues_of(packs()[name], days)]

    assert told == [
        (d.tax.id, d.reading.says, d.base, d.due_minor) for d in dues_of(packs()[name], turned)
    ]


@settings(max_examples=EXAMPLES)
@given(PACKS, st.lists(DAYS, min_size=1, max_size=6))
def test_a_base_is_the_sum_of_its_days_whatever_the_rate(name: str, days: list[DayItems]) -> None:
    for tax in taxes_of(packs()[name]):
        for due in due_of(tax, days):
            taxed = [one for one in days if not tax.games or one.game_type in tax.games]
            parts = sum((base_on(tax, one, due.reading) for one in taxed), Fraction())
            assert due.base == parts


@settings(max_examples=EXAMPLES)
@given(PACKS, st.lists(DAYS, min_size=1, max_size=6))
def test_a_stretch_is_due_within_half_a_minor_unit_and_never_of_a_loss(
    name: str, days: list[DayItems]
) -> None:
    for due in dues_of(packs()[name], days):
        for one in due.stretches:
            if one.percent == "" or one.base < 0:
                assert one.due_minor is None
                continue
            assert one.due_minor is not None
            share = Fraction(one.percent) / 100
            exact = one.base * (share / (1 + share) if due.tax.less_tax else share)
            assert abs(exact - one.due_minor) <= Fraction(1, 2)


@settings(max_examples=EXAMPLES)
@given(PACKS, DAYS)
def test_each_reading_is_another_and_none_is_chosen_silently(name: str, day: DayItems) -> None:
    for tax in taxes_of(packs()[name]):
        readings = readings_of(tax, [day])
        assert len({reading.says for reading in readings}) == len(readings)
        assert all(how == "nothing" for how in readings[0].assumed.values())
        assert len(readings) == 2 ** len(readings[0].assumed)
        assert bool(readings[0].says) == (len(readings) > 1)


@settings(max_examples=EXAMPLES)
@given(PACKS, DAYS, AMOUNTS, AMOUNTS)
def test_a_void_takes_back_exactly_what_was_counted(
    name: str, day: DayItems, stake: int, prize: int
) -> None:
    fields = {field: getattr(day, field) for field in DayItems.__struct_fields__}
    more = {"stakes": day.stakes + stake, "prizes": day.prizes + prize}
    void = {"void_stakes": day.void_stakes + stake, "void_prizes": day.void_prizes + prize}

    before = [(d.tax.id, d.base) for d in dues_of(packs()[name], [day])]

    undone = [
        (d.tax.id, d.base) for d in dues_of(packs()[name], [DayItems(**fields | more | void)])
    ]
    plain = [one for one in undone if one in before]
    counted = [t.id for t in taxes_of(packs()[name]) if t.counts("voids") == "reversed"]
    for tax in counted:
        assert [one for one in plain if one[0] == tax] == [one for one in before if one[0] == tax]


@given(st.fractions(-(10**6), 10**6))
def test_rounding_goes_to_the_nearest_and_a_half_to_the_even(value: Fraction) -> None:
    near = rounded(value)

    assert abs(near - value) <= Fraction(1, 2)
    if abs(near - value) == Fraction(1, 2):
        assert near % 2 == 0


def test_a_treatment_an_item_cannot_have_is_refused() -> None:
    with pytest.raises(DeclarationError, match="bonus_stakes with the treatment when_released"):
        amount_of("bonus_stakes", "when_released", "stakes_less_prizes")


def test_a_tax_the_pack_has_not_is_refused() -> None:
    with pytest.raises(DeclarationError, match="GB-NONE of GB"):
        taxes_of(packs()["GB"], ["GB-NONE"])


def test_a_day_with_a_fraction_of_a_penny_is_refused() -> None:
    with pytest.raises(DeclarationError, match="items of a day"):
        items_from({"day": date(2026, 1, 1), "stakes": 1.5})


def test_voids_of_which_nobody_says_how_they_count_are_read_both_ways() -> None:
    tax = packs()["MT"].tax[0]
    open_tax = type(tax)(
        id="X", name="", kind="tax", base="stakes_less_prizes", period="month", mark="D",
        items={"voids": Treatment(counts="unknown", mark="K")},
    )  # fmt: skip
    day = DayItems(day=date(2026, 1, 1), stakes=100, void_stakes=10)

    bases = [due.base_minor for due in due_of(open_tax, [day, _next(day)])]

    assert bases == [200, 180]


def _next(day: DayItems) -> DayItems:
    return DayItems(day=day.day + timedelta(days=1), stakes=100, void_stakes=10)
