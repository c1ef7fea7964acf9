"""No message leaves and no bonus is given in a state that bars it, whatever the order of things."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.calendar import DAY_US
from core.compliance.held import suppresses_marketing
from core.compliance.request import Request
from core.compliance.requests.account import ConsentsGiven
from core.compliance.requests.holds import ExclusionAsked, PanicPressed, TimeOutAsked
from core.compliance.requests.money import BonusGrant
from core.compliance.requests.offers import GamePublished, Marketing, PromotionPublished
from core.compliance.requests.protection import DutyDone, MarkerMet
from tests.core.compliance.play_world import EURO, NOON_US, PACKS, World

REVIEW = "review_strong_indicator"
EVERYTHING = tuple(
    f"{product}:{channel}" for product in ("casino", "bingo") for channel in ("email", "sms")
)


def happenings() -> st.SearchStrategy[Request]:
    now: dict[str, Any] = {"at_us": st.just(0)}
    return st.one_of(
        st.builds(MarkerMet, marker=st.just("M-NIGHT"), is_strong=st.booleans(), **now),
        st.builds(
            DutyDone, duty_kind=st.sampled_from([REVIEW, "intervene"]),
            result=st.sampled_from(["", "upheld", "cleared"]),
            staff_id=st.sampled_from(["", "s1"]), actor=st.sampled_from(["staff", "system"]), **now,
        ),
        st.builds(ConsentsGiven, consents=st.sets(st.sampled_from(EVERYTHING)).map(tuple), **now),
        st.builds(TimeOutAsked, term=st.sampled_from(["PT24H", "P1D", "P7D", "P1M"]), **now),
        st.builds(ExclusionAsked, term=st.sampled_from([None, "P6M", "P1Y"]), **now),
        st.builds(PanicPressed, **now),
        st.builds(
            Marketing, campaign_id=st.just("c"), channel=st.sampled_from(["email", "sms"]),
            product=st.sampled_from(["casino", "bingo"]), is_inducement=st.booleans(),
            targeted_by=st.sampled_from([(), ("churn_30d",), ("churn_30d", "harm_90d")]), **now,
        ),
        st.builds(
            BonusGrant, amount=st.just(EURO), currency=st.just(""), bonus_id=st.just("b"), **now
        ),
    )  # fmt: skip


class Naive:
    """Strong signs, consents and holds, kept without the code that is judged."""

    def __init__(self) -> None:
        self.is_strong = False
        self.consents: set[str] = set(EVERYTHING)

    def see(self, thing: Request) -> None:
        match thing:
            case MarkerMet(is_strong=True):
                self.is_strong = True
            case DutyDone(duty_kind="review_strong_indicator", result="cleared", actor="staff"):
                self.is_strong = self.is_strong and not thing.staff_id
            case ConsentsGiven():
                self.consents = set(thing.consents)


@pytest.mark.parametrize("pack", PACKS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_offer_leaves_in_a_state_that_bars_it(pack: str, data: st.DataObject) -> None:
    world, naive, at_us = World(pack, consents=EVERYTHING), Naive(), NOON_US
    gaps = st.sampled_from([1, 60 * 10**6, DAY_US - 1, DAY_US, 40 * DAY_US])

    for thing in data.draw(st.lists(happenings(), max_size=20)):
        at_us += data.draw(gaps)
        asked = type(thing)(
            **{name: getattr(thing, name) for name in thing.__struct_fields__} | {"at_us": at_us}
        )
        held = suppresses_marketing(world.standing, at_us)
        verdict = world.ask(asked)
        naive.see(asked)
        if isinstance(asked, Marketing) and verdict.is_allowed:
            assert held is None
            assert not naive.is_strong
            assert "harm_90d" not in asked.targeted_by
            if pack == "GB" or (pack == "ON" and asked.is_inducement):
                assert f"{asked.product}:{asked.channel}" in naive.consents
        if isinstance(asked, BonusGrant) and verdict.is_allowed:
            assert not naive.is_strong
        if isinstance(asked, Marketing | BonusGrant) and verdict.binding is not None:
            is_neutral = verdict.binding.reason == "suppressed"
            assert is_neutral or isinstance(asked, BonusGrant)


@pytest.mark.parametrize("pack", PACKS)
def test_a_player_of_whom_nothing_speaks_against_it_is_sent_what_he_agreed_to(pack: str) -> None:
    world = World(pack, consents=EVERYTHING)

    verdict = world.ask(Marketing(at_us=NOON_US, campaign_id="c", channel="email"))

    assert verdict.is_allowed, verdict.findings


@given(wager=st.integers(0, 10**9), bonus=st.integers(1, 10**8))
@settings(max_examples=200, deadline=None)
def test_a_promotion_is_rejected_exactly_if_it_is_wagered_more_than_ten_times(
    wager: int, bonus: int
) -> None:
    asked = PromotionPublished(
        at_us=NOON_US, promotion_id="p", amount_offered=bonus, wager_asked=wager
    )

    verdict = World("GB").ask(asked)

    assert verdict.is_allowed == (Fraction(wager, bonus) <= 10)


TRAITS = ["turbo", "slam_stop", "autoplay", "loss_as_win", "free_spins", "multi_line"]


@given(traits=st.sets(st.sampled_from(TRAITS)), kind=st.sampled_from(["slots", "table"]))
def test_a_game_is_rejected_exactly_for_a_forbidden_trait(traits: set[str], kind: str) -> None:
    asked = GamePublished(at_us=NOON_US, game_id="g", game_type=kind, traits=tuple(traits))

    verdict = World("GB").ask(asked)

    is_forbidden = kind == "slots" and bool(traits & set(TRAITS[:4]))
    assert verdict.is_allowed == (not is_forbidden)
