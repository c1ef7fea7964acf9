"""Ids sort by time, and the same foreign event always has the same one."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.ids import RANDOM_BITS, derived_id, uuid7

BITS = st.integers(0, (1 << RANDOM_BITS) - 1)
TIMES = st.integers(0, 4_000_000_000_000)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)


def _at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


@settings(deadline=None)  # a busy machine is no failure
@given(milliseconds=TIMES, bits=BITS)
def test_a_fresh_id_is_a_version_7_uuid(milliseconds: int, bits: int) -> None:
    made = uuid7(_at(milliseconds), bits)

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert UUID(str(made)) == made


@settings(deadline=None)  # a busy machine is no failure
@given(first=TIMES, second=TIMES, bits=BITS)
def test_fresh_ids_sort_by_time(first: int, second: int, bits: int) -> None:
    earlier, later = sorted((_at(first), _at(second)))
    assume((later - earlier).total_seconds() >= 0.001)

    assert uuid7(earlier, bits) < uuid7(later, 0)


@settings(deadline=None)  # a busy machine is no failure
@given(milliseconds=TIMES, one=BITS, other=BITS)
def test_other_bits_make_another_id(milliseconds: int, one: int, other: int) -> None:
    at = _at(milliseconds)

    assert (uuid7(at, one) == uuid7(at, other)) == (one == other)


@pytest.mark.parametrize(
    ("at", "bits"),
    [(datetime(1969, 12, 31, tzinfo=UTC), 0), (_at(0), -1), (_at(0), 1 << RANDOM_BITS)],
)
def test_what_does_not_fit_an_id_is_refused(at: datetime, bits: int) -> None:
    with pytest.raises(ValueError, match="74 random bits"):
        uuid7(at, bits)


@settings(deadline=None)  # a busy machine is no failure
@given(one=st.tuples(TEXTS, TEXTS), other=st.tuples(TEXTS, TEXTS))
def test_a_derived_id_is_the_sources_and_the_foreign_id(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    made = derived_id(*one)

    assert made.version == 8
    assert (made == derived_id(*other)) == (one == other)


def test_source_and_foreign_id_do_not_run_into_each_other() -> None:
    assert derived_id("brand/1", "23") != derived_id("brand/12", "3")


def test_a_derived_id_never_changes() -> None:
    assert str(derived_id("brand", "1")) == "429be882-ac45-8f3f-83a3-833dbf00f19e"
