"""Reasons the CRM must not read, by what their features speak of."""

from typing import cast

import numpy as np
import pytest

from features.describe import catalogue
from models.spec import all_cards
from serving.explainer import CategoryReasons
from serving.ports import Model, Reason


class OneFeature:
    """A model that read a single feature."""

    def __init__(self, name: str) -> None:
        self.feature_names = (name,)


def _reason(feature: str) -> Reason:
    one, shares = np.array([2.0]), np.array([1.0, 0.0])
    model = cast("Model", OneFeature(feature))  # only its names are read
    (reason,) = CategoryReasons(3).reasons(model, one, shares)
    return reason


@pytest.mark.parametrize(
    "feature",
    [
        "ticket_topic_count_90d_by_responsible_gambling",
        "exclusion_enquiry_page_count_30d",
        "account_birth_year_last_life",
        "visit_chased_rate_30d",
    ],
)
def test_talk_age_and_harm_are_kept_from_the_crm(feature: str) -> None:
    assert _reason(feature).is_sensitive


def test_what_a_player_pays_in_may_be_told() -> None:
    assert not _reason("deposit_minor_sum_30d").is_sensitive


def test_every_feature_of_support_is_kept_whatever_card_reads_it() -> None:
    read = {view for card in all_cards().values() for view in card.features}
    support = [m.name for m in catalogue().values() if m.category == "support_interactions"]

    assert "tickets" in read
    assert support
    assert all(_reason(name).is_sensitive for name in support)
