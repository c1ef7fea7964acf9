from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DeclarationError, NotReadyError
from models.spec import LaterTimeOtherPlayers, all_cards, card_named
from models.split import plan_cutoffs, player_share, role_of

START = datetime(2024, 1, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@given(
    name=st.sampled_from(sorted(all_cards())),
    days=st.integers(200, 1500),
    hours=st.integers(0, 5000),
)
def test_no_training_label_reaches_past_the_day_training_would_have_run(
    name: str, days: int, hours: int
) -> None:
    card = card_named(name)
    first = START + timedelta(hours=hours)
    last = first + days * DAY

    try:
        cutoffs = plan_cutoffs(card, first, last)
    except NotReadyError:
        return

    assert max(cutoffs.train) + card.ripe_days * DAY <= min(cutoffs.test) == cutoffs.trained_at
    assert max(cutoffs.test) + card.ripe_days * DAY <= last
    assert min(cutoffs.train) >= first + card.split.warmup_days * DAY
    assert set(cutoffs.recent) <= set(cutoffs.train)


def test_the_demo_size_is_long_enough_for_every_card() -> None:
    for card in all_cards().values():
        cutoffs = plan_cutoffs(card, START, START + 600 * DAY)

        assert len(cutoffs.train) >= 10, card.name
        assert len(cutoffs.test) >= 4, card.name


def test_short_data_is_refused_with_the_days_that_are_needed() -> None:
    with pytest.raises(NotReadyError, match=r"spans 200 days.*at least 4\d\d"):
        plan_cutoffs(card_named("ltv_180d"), START, START + 200 * DAY)


def test_the_days_that_are_asked_for_are_enough() -> None:
    for card in all_cards().values():
        with pytest.raises(NotReadyError) as refused:
            plan_cutoffs(card, START, START + 30 * DAY)
        needed = int(refused.value.expected.split(":")[0].removeprefix("at least "))

        plan_cutoffs(card, START, START + needed * DAY)


def test_cards_of_one_grid_share_their_instants() -> None:
    churn = plan_cutoffs(card_named("churn_30d"), START, START + 600 * DAY)
    harm = plan_cutoffs(card_named("harm_90d"), START, START + 600 * DAY)

    assert set(harm.train) <= set(churn.train)


def test_explicit_cutoffs_replace_the_grid_and_must_leave_the_gap() -> None:
    card = card_named("churn_30d")
    june, july = datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
    wide = replace(card, split=LaterTimeOtherPlayers(train_at=(june,), test_at=(july,)))
    tight = replace(wide, split=replace(wide.split, train_at=(june + DAY,)))

    assert plan_cutoffs(wide, START, START + 600 * DAY).test == (july,)
    with pytest.raises(DeclarationError, match="reach into the test"):
        plan_cutoffs(tight, START, START + 600 * DAY)


def test_shares_of_players_are_as_declared_and_every_player_has_one_role() -> None:
    card = card_named("ltv_180d")
    roles = [role_of(player_share(f"player-{i}", 7), card) for i in range(20_000)]

    assert roles.count("test") / 20_000 == pytest.approx(card.split.test_share, abs=0.01)
    assert roles.count("validation") / 20_000 == pytest.approx(
        card.split.validation_share, abs=0.01
    )
    assert (roles.count("calibration") + roles.count("interval")) / 20_000 == pytest.approx(
        card.split.calibration_share, abs=0.01
    )


def test_with_the_same_players_nobody_is_kept_for_the_test_alone() -> None:
    card = card_named("churn_30d")
    same = replace(card, split=replace(card.split, others=False))

    assert "test" not in {role_of(player_share(f"p{i}", 7), same) for i in range(500)}
