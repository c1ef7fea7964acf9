"""The cards of the public data split by time without overlap, and their metrics are right."""

from datetime import timedelta

import numpy as np
import pytest

from benchmarks.dib_sports import CHURN, CHURN_LATER, CHURN_MONTHLY, VALUE, VALUE_TUNING
from benchmarks.measured import decile_mape, weekly
from models.spec import ModelCard


@pytest.mark.parametrize(
    "card", [CHURN, CHURN_MONTHLY, CHURN_LATER, VALUE, VALUE_TUNING], ids=lambda card: card.name
)
def test_every_training_label_ends_before_the_test_cut_off(card: ModelCard) -> None:
    last = max(card.split.train_at) + timedelta(days=card.horizon_days)

    assert last <= min(card.split.test_at)


def test_the_value_models_objective_is_chosen_before_the_test() -> None:
    chosen_by = max(VALUE_TUNING.split.test_at) + timedelta(days=VALUE_TUNING.horizon_days)

    assert chosen_by <= min(VALUE.split.test_at)


def test_weekly_cut_offs_stay_within_their_ends() -> None:
    found = weekly("2019-06-01", "2019-06-16")

    assert [f"{at:%m-%d}" for at in found] == ["06-01", "06-08", "06-15"]


def test_decile_mape_is_the_mean_relative_gap_of_deciles() -> None:
    value = np.repeat(np.arange(1.0, 11.0), 10)

    assert decile_mape(value * 1.2, value, np.ones(100)) == pytest.approx(0.2)
