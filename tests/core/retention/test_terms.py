"""Laws of terms: the longest wins, what is unknown keeps, and no day is cut short."""

import os
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.calendar import DAY_US, Zone
from core.compliance.load import packs
from core.events.registry import facts
from core.kyc.telling import By
from core.retention.classes import classes_of_fact, kinds
from core.retention.errors import RetentionError
from core.retention.judging import claims_of, outcome
from core.retention.running import Order
from core.retention.terms import cutoff_us, due_us
from tests.core.kyc.vault_world import GB, at
from tests.core.retention.retention_world import kept, pack_of

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "100"))
ZONES = st.sampled_from(("Europe/London", "America/New_York", "UTC", "Europe/Malta")).map(Zone)
INSTANTS = st.integers(at("1995-01-01 00:00"), at("2060-01-01 00:00"))
YEARS = st.integers(0, 12)


@pytest.mark.parametrize(
    ("since", "years", "due"),
    [("2024-02-29 12:00", 5, "2029-03-01"), ("2024-02-29 12:00", 4, "2028-03-01"),
     ("2023-02-28 12:00", 5, "2028-02-29"), ("2024-03-31 23:59", 10, "2034-04-01"),
     ("2024-12-31 00:00", 5, "2030-01-01")],
)  # fmt: skip
def test_a_term_ends_with_the_local_day_of_its_anniversary(
    since: str, years: int, due: str
) -> None:
    zone = Zone("Europe/London")
    since_us = zone.instant(datetime.fromisoformat(since))

    assert due_us(zone, since_us, years) == zone.day_start(date.fromisoformat(due))


@settings(max_examples=EXAMPLES)
@given(ZONES, INSTANTS, INSTANTS, YEARS)
def test_a_cutoff_says_what_every_single_term_says(
    zone: Zone, since_us: int, at_us: int, years: int
) -> None:
    assert (since_us < cutoff_us(zone, at_us, years)) == (due_us(zone, since_us, years) <= at_us)


@settings(max_examples=EXAMPLES)
@given(ZONES, st.dates(date(1996, 1, 1), date(2050, 1, 1)), YEARS, st.integers(-1, 1))
def test_a_cutoff_is_right_about_the_days_around_february(
    zone: Zone, day: date, years: int, shift: int
) -> None:
    leap = date(day.year - day.year % 4, 2, 28) + timedelta(days=shift)
    since_us = zone.day_start(leap) + DAY_US - 1
    due = due_us(zone, since_us, years)

    assert since_us < cutoff_us(zone, due, years)
    assert since_us >= cutoff_us(zone, due - 1, years)


@settings(max_examples=EXAMPLES)
@given(ZONES, INSTANTS, INSTANTS, st.lists(st.tuples(YEARS, st.booleans()), min_size=1))
def test_of_all_claims_the_last_end_wins(
    zone: Zone, record_us: int, ended_us: int, said: list[tuple[int, bool]]
) -> None:
    claims = [kept("play", years, "relationship_end" if ends else "record") for years, ends in said]
    ends = [due_us(zone, ended_us if ends else record_us, years) for years, ends in said]

    found = outcome(
        claims_of(pack_of(*claims), ("play",)),
        {"record": record_us, "relationship_end": ended_us}, zone,
    )  # fmt: skip

    assert found.due_us == max(ends)


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 20), st.integers(0, 20), INSTANTS)
def test_of_two_classes_the_longer_one_keeps(one: int, two: int, record_us: int) -> None:
    pack = pack_of(kept("play", one), kept("aml", two))

    found = outcome(claims_of(pack, ("play", "aml")), {"record": record_us}, pack.zone)

    assert found.due_us == due_us(pack.zone, record_us, max(one, two))


def test_a_class_without_a_known_term_keeps_and_is_named() -> None:
    pack = pack_of(kept("play", 5), kept("aml", None))

    found = outcome(claims_of(pack, ("play", "aml", "tax")), {"record": 0}, pack.zone)

    assert found.due_us is None
    assert found.why == "no term is known for aml, tax"


def test_an_open_relationship_and_a_legal_hold_keep() -> None:
    pack = pack_of(kept("play", 0, "relationship_end"))
    claims = claims_of(pack, ("play",))

    assert outcome(claims, {"relationship_end": None}, pack.zone).due_us is None
    is_held = outcome(claims, {"relationship_end": 0}, pack.zone, is_held=True)
    assert (is_held.due_us, is_held.why) == (None, "legal hold")


@pytest.mark.parametrize("second", ["", " ", "ann", " Ann "])
def test_an_order_needs_a_second_person(second: str) -> None:
    with pytest.raises(RetentionError, match="nobody else agreed"):
        Order(GB, 5, By("ann", "retention", 5), second)


def test_a_day_to_come_is_refused() -> None:
    with pytest.raises(RetentionError, match="a day to come"):
        Order(GB, 6, By("ann", "retention", 5), "ben")


def test_every_fact_of_a_player_has_a_class_every_pack_speaks_of() -> None:
    for name, fact in facts().items():
        assert bool(classes_of_fact(name, fact)) == (fact.family != "live"), name
    for pack in packs().values():
        spoken = {one.record for one in pack.retention}
        assert {name for one in kinds() for name in one.classes} <= spoken
