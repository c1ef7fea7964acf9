from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as reference

from core.errors import AcceptanceError
from models import metrics
from models.bootstrap import Judged, estimates
from models.calibrate import Calibrator, fit_money, fit_probability
from models.metrics import bins_of


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
@settings(max_examples=60, deadline=None)
def test_auc_and_precision_equal_the_librarys_with_ties_and_weights(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, 120) / levels
    label = np.concatenate(([0.0, 1.0], rng.integers(0, 2, 118).astype(float)))
    weight = np.concatenate(([1.0, 1.0], rng.integers(0, 4, 118).astype(float)))

    auc = metrics.auc(score, label, weight)
    precision = metrics.average_precision(score, label, weight)

    assert auc == pytest.approx(reference.roc_auc_score(label, score, sample_weight=weight))
    assert precision == pytest.approx(
        reference.average_precision_score(label, score, sample_weight=weight)
    )


def test_the_calibration_error_of_a_constant_shift_is_the_shift() -> None:
    score = np.linspace(0.1, 0.5, 1000)
    label = (np.arange(1000) % 2).astype(float)
    exact = bins_of(score, np.ones(1000), 10)[1]

    assert metrics.ece(score, np.full(1000, 0.6), np.ones(1000)) == pytest.approx(0.3)
    assert metrics.ece(score, label, np.ones(1000)) == pytest.approx(np.abs(exact - 0.5).mean())


def test_a_perfect_ranking_of_money_has_gini_one_and_its_reverse_minus_one() -> None:
    value = np.array([0.0, 0.0, 5.0, 10.0, 100.0])
    ones = np.ones(5)

    assert metrics.normalised_gini(value, value, ones) == pytest.approx(1.0)
    assert metrics.normalised_gini(-value, value, ones) == pytest.approx(-1.0)
    assert metrics.normalised_gini(np.zeros(5), value, ones) == pytest.approx(0.0)


def test_rank_correlation_equals_the_librarys() -> None:
    from scipy.stats import spearmanr

    rng = np.random.default_rng(3)
    score, value = rng.integers(0, 9, 200).astype(float), rng.normal(size=200)

    assert metrics.spearman(score, value, np.ones(200)) == pytest.approx(
        spearmanr(score, value).statistic
    )


def test_intervals_over_players_are_wider_than_over_rows_of_the_same_players() -> None:
    rng = np.random.default_rng(8)
    chance = np.repeat(rng.uniform(size=150), 20)
    label = np.repeat((rng.uniform(size=150) < 0.4).astype(float), 20)
    both = {"auc": metrics.auc}

    by_row = estimates(chance, Judged(label, np.arange(3000)), both)["auc"]
    by_player = estimates(chance, Judged(label, np.repeat(np.arange(150), 20)), both)["auc"]

    assert by_player.value == by_row.value
    assert by_player.high - by_player.low > 3 * (by_row.high - by_row.low)


@given(hnp.arrays(np.float64, st.integers(2, 60), elements=st.floats(-50, 50)), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_calibration_never_changes_the_order_and_survives_json(raw: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    learned = rng.normal(size=400)
    label = (rng.uniform(size=400) < 1 / (1 + np.exp(-learned))).astype(float)
    for fitted in (
        fit_probability(learned, label, np.arange(400)),
        fit_money(learned, label * 1000 - 100),
    ):
        found = fitted.apply(np.sort(raw))
        back = Calibrator.from_dict(json.loads(json.dumps(fitted.as_dict())))

        assert (np.diff(found) >= 0).all()
        assert back.apply(raw).tobytes() == fitted.apply(raw).tobytes()
        if fitted.kind != "money":
            assert ((found > 0) & (found < 1)).all()


def test_calibration_mends_scores_that_promise_too_much() -> None:
    rng = np.random.default_rng(1)
    raw = rng.normal(size=20_000)
    label = (rng.uniform(size=20_000) < 1 / (1 + np.exp(-(0.5 * raw - 1)))).astype(float)
    boastful = 1 / (1 + np.exp(-3 * raw))
    fitted = fit_probability(raw[:10_000], label[:10_000], np.arange(10_000))
    held = slice(10_000, None)

    assert metrics.ece(boastful[held], label[held], np.ones(10_000)) > 0.2
    assert metrics.ece(fitted.apply(raw[held]), label[held], np.ones(10_000)) < 0.02
    assert fitted.kind == "platt"  # the truth here is a logistic curve


def test_totals_of_a_heavy_tail_are_kept_by_calibration() -> None:
    rng = np.random.default_rng(4)
    raw = rng.normal(size=40_000)
    value = np.where(
        rng.uniform(size=40_000) < 0.4, 0.0, 1000 * np.exp(raw + rng.normal(size=40_000))
    )
    fitted = fit_money(raw[:20_000], value[:20_000])

    assert fitted.apply(raw[:20_000]).sum() == pytest.approx(value[:20_000].sum(), rel=0.03)
    assert fitted.apply(raw[20_000:]).sum() == pytest.approx(value[20_000:].sum(), rel=0.08)


def test_a_step_is_left_to_the_isotonic_curve() -> None:
    rng = np.random.default_rng(1)
    raw = rng.uniform(-3, 3, size=10_000)
    label = (rng.uniform(size=10_000) < np.where(raw > 1, 0.6, 0.05)).astype(float)

    assert fit_probability(raw, label, np.arange(10_000)).kind == "isotonic"


def test_one_outcome_cannot_be_calibrated() -> None:
    with pytest.raises(AcceptanceError, match="only label 0"):
        fit_probability(np.arange(50.0), np.zeros(50), np.arange(50))
