"""What a standing keeps of play stays small, and a withdrawal is never stopped by any of it."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.calendar import DAY_US
from core.compliance.folds.attempts import ATTEMPTS_MOST
from core.compliance.folds.duties import DUTIES_MOST
from core.compliance.folds.play import ROUNDS_MOST
from core.compliance.load import packs
from core.compliance.request import Request
from core.compliance.requests.account import (
    Activity,
    ConsentsGiven,
    DayPassed,
    LimitsDeclined,
    Login,
    LoginFailed,
    Logout,
    MessageAcknowledged,
    PlayAsked,
    RealityCheckAsked,
    Verified,
)
from core.compliance.requests.money import (
    BonusGrant,
    Deposit,
    DepositFailed,
    Stake,
    StakeSettled,
    Withdrawal,
    WithdrawalReversal,
)
from core.compliance.requests.offers import Marketing
from core.compliance.requests.protection import (
    DutyDone,
    HumanReviewAsked,
    MarkerMet,
    ModelSignal,
)
from tests.core.compliance.play_world import EURO, NOON_US, PACKS, World

MARKERS = ["M-NIGHT", "M-COMM", "M-DEPLETE", "M-SESSLEN", "M-OTHER"]


def things(currency: str) -> st.SearchStrategy[Request]:
    """Anything that play, offers and care can bring about, all at the same instant."""
    money = {"currency": st.just(currency), "amount": st.integers(0, 50 * EURO)}
    now = {"at_us": st.just(0)}
    name = st.sampled_from(["a", "b", "c"])
    return st.one_of(
        st.builds(Activity, is_active=st.booleans(), **now),
        st.builds(Login, is_strong=st.booleans(), session_id=name, **now),
        st.builds(LoginFailed, **now),
        st.builds(Logout, session_id=name, **now),
        st.builds(PlayAsked, session_s=st.none() | st.integers(0, 9999), **now),
        st.builds(RealityCheckAsked, every_s=st.none() | st.integers(-1, 3600), **now),
        st.builds(
            MessageAcknowledged, rule=st.sampled_from(["GB-RC-1", "NL-POP-1", "X"]),
            choice=st.sampled_from(["continue", "stop"]), **now,
        ),
        st.builds(LimitsDeclined, **now),
        st.builds(DayPassed, **now),
        st.builds(ConsentsGiven, consents=st.sampled_from([(), ("casino:email",)]), **now),
        st.builds(Verified, level=st.sampled_from(["", "basic", "full"]), born_on=st.none(), **now),
        st.builds(
            Stake, round_id=st.text("abcdefgh", max_size=3), starts_game=st.booleans(),
            game_type=st.sampled_from(["slots", "table", "other"]), **money, **now,
        ),
        st.builds(StakeSettled, round_id=name, ends_round=st.booleans(), **money, **now),
        st.builds(Deposit, payment_id=name, **money, **now),
        st.builds(DepositFailed, payment_id=name, **now),
        st.builds(WithdrawalReversal, payment_id=name, **money, **now),
        st.builds(BonusGrant, bonus_id=name, **money, **now),
        st.builds(Marketing, campaign_id=name, channel=st.just("email"), **now),
        st.builds(MarkerMet, marker=st.sampled_from(MARKERS), is_strong=st.booleans(), **now),
        st.builds(
            ModelSignal, model=st.just("harm_90d"), model_version=name, score_e6=st.just(9), **now
        ),
        st.builds(HumanReviewAsked, about=name, **now),
        st.builds(
            DutyDone, duty_kind=st.sampled_from(["intervene", "model_review", "human_review"]),
            result=st.sampled_from(["", "cleared"]), staff_id=st.just("s"), **now,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("pack", PACKS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_nothing_a_player_does_keeps_him_from_his_money(pack: str, data: st.DataObject) -> None:
    born = data.draw(st.sampled_from([None, "1990-01-01", "2010-01-01"]))
    verified = data.draw(st.sampled_from(["", "full"]))
    world = World(pack, born_on=born, verified=verified)
    at_us = NOON_US

    for thing in data.draw(st.lists(things(world.currency), max_size=25)):
        at_us += data.draw(st.integers(0, 20 * 60 * 10**6))
        world.ask(msgspec.structs.replace(thing, at_us=at_us))
        paid = Withdrawal(at_us=at_us, payment_id="w", amount=EURO, currency=world.currency)
        assert world.judge.verdict(paid, world.standing)[0].decision == "allow"


@pytest.mark.parametrize("pack", PACKS)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_marks_attempts_rounds_and_duties_stay_bounded(pack: str, data: st.DataObject) -> None:
    world, at_us = World(pack), NOON_US
    few = data.draw(st.lists(things(world.currency), min_size=5, max_size=25))

    for turn in range(12):
        for thing in few:
            at_us += data.draw(st.sampled_from([1, 10**6, 10**9, DAY_US])) if turn < 2 else 10**6
            world.ask(msgspec.structs.replace(thing, at_us=at_us))

    standing = world.standing
    assert len(standing.marks) <= 20 + 2 * len(packs()[pack].rules)
    assert all(len(tried) <= ATTEMPTS_MOST for tried in standing.attempts.values())
    assert len(standing.attempts) <= 3
    assert len(standing.play.rounds) <= ROUNDS_MOST + 1
    assert len(standing.duties) <= DUTIES_MOST
