"""Laws of the graph and of findings: order, repetition and growth."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from core.fraud.deeds import Deed
from core.fraud.graph import HUB, IP_MOST, MOST, Graph, scores
from core.fraud.watching import Watch

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "60"))
TIES = st.lists(
    st.tuples(
        st.sampled_from("pqrst"), st.sampled_from(["device", "ip", "instrument", "payee"]),
        st.sampled_from("abc"), st.integers(0, 1_000),
    ),
    max_size=60,
)  # fmt: skip


def _graph(ties: list[tuple[str, str, str, int]]) -> Graph:
    graph = Graph()
    for tie in ties:
        graph.tie(*tie)
    return graph


@settings(max_examples=EXAMPLES, deadline=None)
@given(TIES, st.randoms(use_true_random=False))
def test_the_same_ties_in_any_order_and_again_leave_the_same_graph(ties, drawn) -> None:  # type: ignore[no-untyped-def]
    mixed = ties * 2
    drawn.shuffle(mixed)

    assert _graph(mixed).content() == _graph(ties).content()


@settings(max_examples=EXAMPLES, deadline=None)
@given(TIES)
def test_a_link_weighs_alike_from_both_its_ends(ties: list[tuple[str, str, str, int]]) -> None:
    graph = _graph(ties)

    for player in graph.ties:
        for other, weight in scores(graph.links(player)).items():
            assert scores(graph.links(other))[player] == weight


def test_what_everybody_uses_says_nothing_of_anybody() -> None:
    graph = _graph([(f"p{n}", "ip", "hotel", n) for n in range(HUB + 1)])

    assert graph.hubs("p0") == [("ip", "hotel")]
    assert not graph.links("p0")
    graph.tie("late", "ip", "hotel", 99)
    assert not graph.links("late")


def test_nobody_makes_the_graph_grow_without_bound() -> None:
    tokens = [("p", "device", f"d{n}", n) for n in range(3 * MOST)]

    graph = _graph(tokens)

    assert len(graph.ties["p"]) == MOST
    assert graph.content()[1] == _graph(tokens[::-1]).content()[1]


def test_addresses_together_stay_weak() -> None:
    graph = _graph([(player, "ip", f"i{n}", n) for player in "pq" for n in range(20)])

    assert scores(graph.links("p")) == {"q": IP_MOST}


@st.composite
def _deeds(draw: st.DrawFn) -> list[Deed]:
    kinds = st.sampled_from(["declined", "deposit", "withdrawal", "stake", "bonus", "login"])
    rows = draw(
        st.lists(
            st.tuples(kinds, st.sampled_from("pqr"), st.integers(0, 90), st.integers(1, 300)),
            max_size=40,
        )
    )
    return [
        Deed(
            id=f"e{number:03}", player=player, kind=kind, at_us=minutes * 60_000_000,
            known_us=number, name=f"n{number}", amount=amount * 100, cash=amount * 100,
            instrument=f"c{amount % 3}", device=f"d{amount % 2}", what=f"r{minutes % 5}",
        )
        for number, (kind, player, minutes, amount) in enumerate(rows)
    ]  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(_deeds(), st.integers(1, 40))
def test_batches_and_copies_change_nothing_of_what_is_found(deeds: list[Deed], cut: int) -> None:
    whole = [one.id for one in Watch().take(deeds)]
    watch = Watch()

    parts = [one.id for batch in (deeds[:cut], deeds[cut:], deeds) for one in watch.take(batch)]

    assert parts == whole
    assert len(set(whole)) == len(whole)
