from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import DeclarationError
from core.events.registry import facts
from features.describe import describe, sentence
from features.registry import feature_names, views_named
from features.sources import fact_schema
from models.explain import Explanation, Grouping, Wording, explain
from models.metrics import MONEY, PROBABILITY
from models.spec import Bound, ModelCard, all_cards, card_named, services

CARDS = list(all_cards().values())
by_card = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)


@by_card
def test_a_card_reads_views_that_exist(card: ModelCard) -> None:
    assert feature_names(views_named(card.features))
    assert services()[card.name] == card.features


@by_card
def test_a_card_counts_facts_of_the_contract(card: ModelCard) -> None:
    for term in (*card.label.terms, *card.population.active, *card.baseline.terms):
        columns = fact_schema(facts()[term.fact]).names

        assert term.column is None or term.column.replace("_base_minor", "_minor") in columns
        assert term.sign in (1, -1)


@by_card
def test_a_card_says_who_answers_for_it_and_what_it_may_not_do(card: ModelCard) -> None:
    assert card.owner
    assert "ever" in card.limits  # never, or Never
    assert card.judged_by in (MONEY if card.is_money else PROBABILITY)
    assert card.name.rsplit("_", 1)[1] in {f"{card.horizon_days}d", f"{card.horizon_days * 24}h"}


@by_card
def test_a_probability_must_be_calibrated_and_money_must_add_up(card: ModelCard) -> None:
    bounds = {bound.metric: bound for bound in card.accept}

    if card.is_money:
        assert {"total_ratio", "coverage"} <= set(bounds)
    else:
        assert bounds["ece"].at_most == pytest.approx(0.02)


def test_nothing_about_money_reads_a_marker_of_harm() -> None:
    for card in CARDS:
        if card.owner == "player-value":
            for view in views_named(card.features):
                assert view.category != "markers_of_harm", f"{card.name} reads {view.name}"


def test_harm_needs_two_people_and_only_proposes() -> None:
    harm = [card for card in CARDS if card.name.startswith("harm_")]

    assert harm
    for card in harm:
        assert card.approvers == 2
        assert "review" in card.limits


def test_a_charge_back_is_waited_for() -> None:
    assert card_named("fraud_72h").label.matures_days >= 60


def test_a_bound_refuses_what_is_no_number() -> None:
    nan = float("nan")

    assert not Bound("auc", at_least=0.5).holds(nan)
    assert not Bound("ratio", at_least=0.8, at_most=1.2).holds(1.3)
    assert not Bound("ratio", at_least=0.8, at_most=1.2).holds(0.7)
    assert Bound("ratio", at_least=0.8, at_most=1.2).holds(1.2)


def test_an_unknown_card_is_refused_with_the_list() -> None:
    with pytest.raises(DeclarationError, match="churn_30d, fraud_72h, harm_90d, ltv_180d"):
        card_named("churn_31d")


def test_a_card_without_views_is_refused() -> None:
    with pytest.raises(DeclarationError, match="at least one feature view"):
        replace(CARDS[0], features=())


_Explained = tuple[Explanation, np.ndarray, np.ndarray, list[str]]


def _explained(by: Grouping, seed: int = 0) -> _Explained:
    names = feature_names(views_named(card_named("harm_90d").features))
    rng = np.random.default_rng(seed)
    share = rng.normal(size=len(names) + 1)
    values = np.where(rng.random(len(names)) < 0.2, np.nan, rng.integers(0, 500, len(names)))
    found = explain(share, values, names, Wording(by=by))
    return found, share, values, names


@pytest.mark.parametrize("by", ["category", "indicator"])
def test_reasons_and_base_add_up_to_the_raw_score(by: Grouping) -> None:
    found, share, _, _ = _explained(by)

    assert found.base + sum(r.contribution for r in found.reasons) == pytest.approx(
        share.sum(), abs=1e-9
    )
    assert found.raw == share.sum()
    strengths = [abs(r.contribution) for r in found.reasons]
    assert strengths == sorted(strengths, reverse=True)


@pytest.mark.parametrize("by", ["category", "indicator"])
def test_a_reason_speaks_for_its_own_direction_in_words(by: Grouping) -> None:
    found, share, values, names = _explained(by)

    for reason in found.reasons:
        assert 1 <= len(reason.sentences) <= 2
        for name, said in zip(reason.features, reason.sentences, strict=True):
            assert (share[names.index(name)] > 0) == reason.raises
            assert getattr(describe(name), by) == reason.group
            assert said == sentence(describe(name), values[names.index(name)])


def test_contributions_of_another_model_are_refused() -> None:
    with pytest.raises(DeclarationError, match="one contribution a feature"):
        explain(np.zeros(3), np.zeros(3), ["deposit_count_7d"] * 3)
