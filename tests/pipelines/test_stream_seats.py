"""Laws of seats: what a dictionary would answer, for any order of coming and leaving."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.stream.seats import NAME_BYTES, Seats

NAMES = [f"player-{number}" for number in range(60)] + ["", "é", "a" * NAME_BYTES]
MOVES = st.lists(st.tuples(st.booleans(), st.sets(st.sampled_from(NAMES), min_size=1)), max_size=12)


def _asked(seats: Seats, names: list[str]) -> list[int]:
    return list(seats.find(names).tolist())


@given(MOVES)
@settings(deadline=None)
def test_names_are_found_where_they_sit_whoever_came_and_left_before(
    moves: list[tuple[bool, set[str]]],
) -> None:
    seats, held, free = Seats(), dict[str, int](), list(range(len(NAMES)))
    for is_coming, names in moves:
        if is_coming:
            new = sorted(names - held.keys())
            places = [free.pop() for _ in new]
            seats.put(new, np.array(places, dtype=np.int64))
            held.update(zip(new, places, strict=True))
        else:
            gone = [held.pop(name) for name in sorted(names & held.keys())]
            seats.leave(np.array(gone, dtype=np.int64))
            free += gone
        assert _asked(seats, NAMES) == [held.get(name, -1) for name in NAMES]


def test_thousands_come_and_go_and_all_are_found() -> None:
    seats, chance = Seats(), np.random.default_rng(1)
    held: dict[str, int] = {}
    for number in range(20):
        new = [f"{number}-{i}" for i in range(1_000)]
        free = np.setdiff1d(np.arange(20_000), list(held.values()))[: len(new)]
        seats.put(new, free)
        held.update(zip(new, free.tolist(), strict=True))
        gone = chance.choice(list(held), 400, replace=False).tolist()
        seats.leave(np.array([held.pop(name) for name in gone], dtype=np.int64))
        assert _asked(seats, list(held)) == list(held.values())
        assert set(_asked(seats, gone)) == {-1}


def test_a_name_that_can_have_no_seat_takes_none_from_others() -> None:
    seats, long, broken = Seats(), "a" * (NAME_BYTES + 1), "a\nb"
    seats.put(["one", long, broken, "two"], np.arange(4))
    assert _asked(seats, ["two", long, "one"]) == [3, -1, 0]
    assert _asked(seats, [broken]) == [-1]
    seats.leave(np.arange(9))
    assert _asked(seats, ["two", "a", "b", "one"]) == [-1, -1, -1, -1]


def test_no_name_at_all_is_no_trouble() -> None:
    seats = Seats()
    seats.put([], np.zeros(0, dtype=np.int64))
    assert _asked(seats, []) == []
