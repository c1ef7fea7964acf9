"""Sessions inferred by SQL against the definition, fact by fact."""

import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DeclarationError
from features.check import flaws
from features.frame import point_in_time_frame, steps_of
from features.measures import DAY, HOUR, LIFE, MONTH, QUARTER, WEEK, Where, Window
from features.reference import Row, recompute
from features.spec import SessionView

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
SECOND = 1_000_000
ORIGIN = 1_741_564_800 * SECOND  # 2025-03-10
PLAYERS = ("ada", "bob")
LONG_HOP = Window("5d", 5 * 86_400, 5 * 86_400, "in the last 5 days")
WINDOWS = {60: (HOUR, DAY, WEEK, MONTH), 1_800: (DAY, WEEK, MONTH, QUARTER), 3_600: (DAY, LONG_HOP)}
CONDITIONS = ((), (Where("fact", ("bet_placed",)),), (Where("local_hour", (20, 21)),))

PLAIN = SessionView(
    name="tried",
    source=("bet_placed", "player_logged_in"),
    noun="try",
    subject="tries",
    gap_s=1_800,
    windows=(DAY,),
    category="session_patterns",
    indicator="time_spent",
    owner="tests",
    why="To be broken.",
)


@dataclass(frozen=True)
class Told:
    """One fact of the tests: whose, which kind, when it occurred and when it was recorded."""

    player: str
    fact: str
    occurred: int
    recorded: int
    hour: int | None = None


class Known:
    """The facts of the tests where the reference looks for them."""

    def __init__(self, facts: Sequence[Told]) -> None:
        self.facts = facts

    def of(self, fact: str, player_id: str) -> Iterable[Row]:
        for place, told in enumerate(self.facts):
            if (told.fact, told.player) == (fact, player_id):
                cells = {"local_hour": told.hour}
                yield Row(fact, str(place), told.occurred, told.recorded, cells)

    def keys_of(self, fact: str, column: str, player_id: str) -> Iterable[tuple[str, int]]:
        raise NotImplementedError

    def players_of(self, fact: str, column: str, key: str) -> Iterable[tuple[str, int]]:
        raise NotImplementedError


def _land(connection: duckdb.DuckDBPyConnection, facts: Sequence[Told]) -> None:
    for name in PLAIN.sources:
        rows = [told for told in facts if told.fact == name]
        table = pa.table(
            {
                "player_id": pa.array([told.player for told in rows], pa.string()),
                "occurred_at": pa.array([told.occurred for told in rows], pa.timestamp("us")),
                "recorded_at": pa.array([told.recorded for told in rows], pa.timestamp("us")),
                "local_hour": pa.array([told.hour for told in rows], pa.int64()),
            }
        )
        connection.register(name, table)


def _framed(
    facts: Sequence[Told], view: SessionView, instants: Sequence[int]
) -> list[dict[str, object]]:
    asked = [(player, instant) for player in PLAYERS for instant in instants]
    players, times = zip(*asked, strict=True)
    spine = pa.table({"player_id": players, "as_of": pa.array(times, pa.timestamp("us"))})
    with duckdb.connect(config={"threads": 1}) as connection:
        _land(connection, facts)
        frame = point_in_time_frame(connection, spine, [view])
    return list(frame.drop_columns(["player_id", "as_of"]).to_pylist())


@st.composite
def views(draw: st.DrawFn) -> SessionView:
    gap = draw(st.sampled_from(sorted(WINDOWS)))
    windows = draw(st.lists(st.sampled_from(WINDOWS[gap]), min_size=1, max_size=3, unique=True))
    where = draw(st.sampled_from(CONDITIONS))
    return replace(PLAIN, gap_s=gap, windows=tuple(windows), where=where)


def _pauses(view: SessionView) -> st.SearchStrategy[int]:
    """Spans that are likely to sit on an edge, and any others."""
    window = view.windows[0]
    gap, hop, length = (s * SECOND for s in (view.gap_s, window.hop_s, window.length_s or 0))
    edges = [0, 1, gap - 1, gap, gap + 1, 2 * gap, hop, hop - 1, length, length - hop]
    return st.sampled_from(edges) | st.integers(0, 2 * gap) | st.integers(0, length)


@st.composite
def histories(draw: st.DrawFn, view: SessionView) -> list[Told]:
    pauses = _pauses(view)
    told: list[Told] = []
    at = dict.fromkeys(PLAYERS, ORIGIN)
    for _ in range(draw(st.integers(0, 25))):
        player = draw(st.sampled_from(PLAYERS))
        at[player] += draw(pauses)
        late = draw(st.just(0) | pauses)
        fact, hour = draw(st.sampled_from(view.sources)), draw(st.sampled_from([None, 20, 21, 22]))
        told.append(Told(player, fact, at[player], at[player] + late, hour))
    return told


@st.composite
def cases(draw: st.DrawFn) -> tuple[SessionView, list[Told], list[int]]:
    view = draw(views())
    told = draw(histories(view))
    near = [ORIGIN, *(t for one in told for t in (one.occurred, one.recorded))]
    gap = view.gap_s * SECOND
    instants: set[int] = set()
    for _ in range(draw(st.integers(1, 5))):
        instant = draw(st.sampled_from(near)) + draw(st.sampled_from([0, 1, -1]))
        instant += draw(st.just(0) | _pauses(view))
        instants.add(instant // gap * gap if draw(st.booleans()) else instant)
    return view, told, sorted(instants)


@given(case=cases(), again=st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES)
def test_sessions_are_what_the_definition_gives_fact_by_fact(
    case: tuple[SessionView, list[Told], list[int]], again: random.Random
) -> None:
    view, told, instants = case
    assert flaws(view) == []
    landed = told + [one for one in told if again.random() < 0.2]
    again.shuffle(landed)

    framed = _framed(landed, view, instants)

    known = Known(told)
    assert framed == [recompute(view, known, p, instant) for p in PLAYERS for instant in instants]


def _bets(*at_s: float, late_s: float = 0) -> list[Told]:
    moments = [ORIGIN + int(second * SECOND) for second in at_s]
    return [Told("ada", "bet_placed", m, m + int(late_s * SECOND)) for m in moments]


def _asked(facts: Sequence[Told], at_s: float) -> tuple[object, ...]:
    [row, other] = _framed(facts, PLAIN, [ORIGIN + int(at_s * SECOND)])
    assert tuple(other.values()) == (0, 0, None)
    return tuple(row.values())


def test_a_pause_as_long_as_the_gap_ends_no_session() -> None:
    assert _asked(_bets(10, 1_810), 4_000) == (1, 1_800, 1_800)
    assert _asked(_bets(10, 1_810.000001), 4_000) == (2, 0, 0)


def test_a_session_the_tail_cuts_counts_with_the_rest() -> None:
    bets = _bets(2_000, 3_500, 4_000, 5_000)

    assert _asked(bets, 86_400 + 3_599) == (1, 3_000, 3_000)
    assert _asked(bets, 86_400 + 3_600) == (1, 1_000, 1_000)


def test_a_late_fact_joins_two_sessions_once_it_is_known() -> None:
    facts = [*_bets(0, 600, 3_000, 4_000), *_bets(1_500, late_s=20_000)]

    assert _asked(facts, 21_499.999999) == (2, 1_600, 1_000)
    assert _asked(facts, 21_500) == (1, 4_000, 4_000)


def test_whole_seconds_are_taken_of_each_session() -> None:
    assert _asked(_bets(0, 10.9, 9_000, 9_020.9), 10_000) == (2, 30, 20)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (replace(PLAIN, windows=(HOUR,)), "gap 1800 s does not divide the hop of window 1h"),
        (replace(PLAIN, gap_s=7_000), "gap 7000 s does not divide the hop of window 24h"),
        (replace(PLAIN, gap_s=0), "gap 0 s does not divide"),
        (replace(PLAIN, gap_s=-60), "gap -60 s does not divide"),
        (replace(PLAIN, windows=(DAY, LIFE)), "window life has no end"),
    ],
)
def test_a_gap_that_fits_no_window_is_refused(broken: SessionView, says: str) -> None:
    assert any(says in flaw for flaw in flaws(broken)), flaws(broken)
    with pytest.raises(DeclarationError, match=says):
        steps_of(broken)
