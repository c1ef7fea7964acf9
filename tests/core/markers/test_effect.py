"""What came of an intervention: equal spans before and after, and a verdict from them."""

from datetime import datetime

import pytest

from core.compliance.calendar import DAY_US, HOUR_US
from core.compliance.load import packs
from core.markers.deeds import Deed, Kind
from core.markers.effect import effect_of
from core.markers.past import Past

ZONE = packs()["GB"].zone
ACTED = ZONE.instant(datetime.fromisoformat("2026-11-10 12:00"))


def _past(*rows: tuple[int, Kind, int]) -> Past:
    past = Past("p", currency="GBP")
    for number, (hours, kind, amount) in enumerate(rows):
        past.add(
            Deed(
                player="p", at_us=ACTED + hours * HOUR_US, known_us=0, id=f"d{number}", kind=kind,
                amount=amount, currency="GBP",
            )
        )  # fmt: skip
    return past


def test_figures_of_equal_spans_stand_side_by_side() -> None:
    past = _past(
        (-48, "stake", 100), (-24, "stake", 500), (-24, "win", 100), (-23, "deposit", 900),
        (0, "stake", 30), (25, "stake", 50), (49, "stake", 7),
    )  # fmt: skip

    effect = effect_of(past, ZONE, ACTED, ACTED + 2 * DAY_US + HOUR_US)

    assert effect is not None
    assert effect.days == 2
    assert (effect.before.net_loss, effect.after.net_loss) == (500, 80)  # 48 hours are within
    assert (effect.before.deposits, effect.before.deposited) == (1, 900)


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [(1_000, 900, "same"), (1_000, 1_100, "same"), (1_000, 1_101, "worse"), (0, 1, "worse")],
)
def test_a_tenth_more_is_worse_and_less_money_in_the_same_time_is_not_better(
    before: int, after: int, result: str
) -> None:
    past = _past((-1, "stake", before), (1, "stake", after))

    effect = effect_of(past, ZONE, ACTED, ACTED + DAY_US)

    assert effect is not None
    assert effect.result == result


def test_less_money_and_less_time_is_better_and_a_day_must_have_passed() -> None:
    past = _past((-2, "stake", 500), (-1, "deposit", 1), (-1, "stake", 500), (1, "stake", 10))
    longer = _past((-2, "stake", 500), (-1, "stake", 500))
    for minutes in range(5):
        longer.add(
            Deed(
                player="p", at_us=ACTED - 10 * HOUR_US + minutes * 20 * 60_000_000, known_us=0,
                id=f"m{minutes}", kind="stake", amount=1, currency="GBP",
            )
        )  # fmt: skip

    assert effect_of(past, ZONE, ACTED, ACTED + DAY_US - 1) is None
    effect = effect_of(longer, ZONE, ACTED, ACTED + DAY_US)
    assert effect is not None
    assert (effect.before.minutes, effect.after.minutes) == (80, 0)
    assert effect.result == "better"
