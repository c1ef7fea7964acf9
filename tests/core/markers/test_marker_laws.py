"""Laws of markers: what they see depends on the deeds alone, and is said once a day."""

import os
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.calendar import DAY_US
from core.compliance.load import packs
from core.compliance.requests.protection import MarkerMet
from core.markers.deeds import Deed, Kind
from core.markers.marker import Values, known_markers
from core.markers.past import KEPT_US, Past
from core.markers.scene import scene_of
from core.markers.watching import Watch

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "60"))
PACK = packs()["DE"]
NOON = PACK.zone.instant(datetime.fromisoformat("2026-10-24 20:00"))
BORN = Deed(
    player="p", at_us=NOON - 30 * DAY_US, known_us=0, id="r", kind="registered",
    jurisdiction="DE", currency="EUR", birth_year=2004,
)  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "stake", "stake", "stake", "win", "deposit", "declined", "withdrawal_cancelled", "limit_raise",
    "limit_lower", "limit_hit", "exclusion_page", "contact",
)  # fmt: skip


@st.composite
def _deeds(draw: st.DrawFn) -> list[Deed]:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(KINDS), st.integers(0, 14 * 24 * 60), st.integers(1, 9_000)
            ),
            max_size=40,
        )
    )  # fmt: skip
    found = [BORN]
    for number, (kind, minutes, amount) in enumerate(rows):
        found.append(
            Deed(
                player="p", at_us=NOON + minutes * 60_000_000, known_us=0, id=f"d{number}",
                kind=kind, amount=amount, currency="EUR", about=f"a{amount % 3}",
                balance=amount % 100,
            )
        )  # fmt: skip
        if kind == "stake" and amount % 7 == 0:
            undone = Deed(
                player="p", at_us=NOON, known_us=0, id=f"u{number}", kind="undone",
                about=f"d{number}",
            )  # fmt: skip
            found.append(undone)
    return found


def _figures(deeds: list[Deed]) -> dict[str, Values]:
    past = Past("p")
    for one in deeds:
        past.add(one)
    scene = scene_of(past, PACK.zone)
    return {name: marker.values(scene) for name, marker in known_markers().items()}


@settings(max_examples=EXAMPLES, deadline=None)
@given(_deeds(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_what_a_marker_sees(deeds: list[Deed], drawn) -> None:  # type: ignore[no-untyped-def]
    mixed = deeds * 2
    drawn.shuffle(mixed)

    assert _figures(mixed) == _figures(deeds)


@settings(max_examples=EXAMPLES, deadline=None)
@given(_deeds())
def test_what_is_undone_leaves_what_never_was(deeds: list[Deed]) -> None:
    undone = {one.about for one in deeds if one.kind == "undone"}
    never = [one for one in deeds if one.id not in undone and one.kind != "undone"]

    assert _figures(deeds) == _figures(never)


def _said(deeds: list[Deed], times: int = 1) -> list[MarkerMet]:
    watch = Watch(packs())
    found: list[MarkerMet] = []
    for one in deeds * times:
        watch.take(one)
        found += watch.look("p", one.at_us)
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(_deeds())
def test_a_bound_is_said_once_a_day_and_never_twice_under_one_name(deeds: list[Deed]) -> None:
    names = [met.request_id for met in _said(sorted(deeds, key=lambda one: one.at_us))]

    assert len(set(names)) == len(names)


def test_a_player_of_no_pack_is_not_spoken_of() -> None:
    watch = Watch({"GB": packs()["GB"]})
    for one in (BORN, Deed(player="p", at_us=NOON, known_us=0, id="c", kind="contact",
                           about="responsible_gambling")):  # fmt: skip
        watch.take(one)

    assert not list(watch.look("p", NOON))
    assert not list(watch.look("nobody", NOON))


SIGNS: list[tuple[Kind, str]] = [
    ("contact", "responsible_gambling"), ("limit_hit", "deposit"), ("limit_raise", ""),
    ("exclusion_page", ""), ("exclusion_page", ""), ("exclusion_page", ""),
]  # fmt: skip


def test_three_markers_of_one_day_are_a_strong_sign_together() -> None:
    day = [
        Deed(player="p", at_us=NOON + place, known_us=0, id=f"{kind}{place}", kind=kind,
             about=about, currency="EUR")
        for place, (kind, about) in enumerate(SIGNS)
    ]  # fmt: skip

    met = _said([BORN, *day])

    assert [(one.marker, one.is_strong) for one in met] == [
        ("M-COMM", False), ("M-LIMUP", False), ("M-SEBROWSE", True),
    ]  # fmt: skip


def test_the_past_forgets_what_no_marker_reaches() -> None:
    past = Past("p")
    for place in range(4):
        past.add(Deed(player="p", at_us=NOON + place * KEPT_US // 2, known_us=0, id=f"{place}",
                      kind="stake", amount=1))  # fmt: skip

    assert [one.id for one in past.deeds] == ["2", "3"]
    assert not past.add(Deed(player="p", at_us=NOON, known_us=0, id="late", kind="stake"))
