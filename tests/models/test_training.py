from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from core.errors import NotReadyError
from models.dataset import Dataset, dataset_from
from models.evaluate import evaluate
from models.interval import Interval, fit_interval
from models.learn import target
from models.spec import ModelCard
from models.train import Trained, train
from models.tune import tuned

FrameOf = Callable[..., pa.Table]


def test_a_rerun_makes_the_same_model_and_the_same_scores_byte_for_byte(
    small_card: ModelCard, small_trained: Trained, frame_of: FrameOf, names: list[str]
) -> None:
    dataset = dataset_from(small_card, frame_of(1), names)

    again = train(small_card, dataset)

    one, two = small_trained.model, again.model
    assert one.booster.model_to_string() == two.booster.model_to_string()
    test = dataset["test"].matrix
    assert one.score(test).tobytes() == two.score(test).tobytes()
    assert small_trained.record == again.record


def test_the_order_of_the_frame_does_not_matter(
    small_card: ModelCard, small_trained: Trained, frame_of: FrameOf, names: list[str]
) -> None:
    frame = frame_of(1)
    shuffled = frame.take(np.random.default_rng(0).permutation(frame.num_rows))

    again = train(small_card, dataset_from(small_card, shuffled, names))

    assert again.record.data_sha256 == small_trained.record.data_sha256
    assert again.model.booster.model_to_string() == small_trained.model.booster.model_to_string()


def test_other_data_has_another_hash(
    small_card: ModelCard, small_dataset: Dataset, frame_of: FrameOf, names: list[str]
) -> None:
    assert dataset_from(small_card, frame_of(2), names).sha256 != small_dataset.sha256


def test_the_test_slice_does_not_reach_training(
    small_card: ModelCard, small_trained: Trained, frame_of: FrameOf, names: list[str]
) -> None:
    frame = frame_of(1)
    is_test = np.asarray(frame["role"].to_pylist()) == "test"
    label = np.where(is_test, 1 - frame["label"].to_numpy(), frame["label"].to_numpy())
    flipped = frame.set_column(frame.column_names.index("label"), "label", [label])

    again = train(small_card, dataset_from(small_card, flipped, names))

    assert again.model.booster.model_to_string() == small_trained.model.booster.model_to_string()
    assert again.model.calibrator == small_trained.model.calibrator


def test_scores_are_calibrated_and_beat_the_baseline_on_a_known_cause(
    small_card: ModelCard, small_trained: Trained, small_dataset: Dataset
) -> None:
    verdict = evaluate(small_card, small_trained.model, small_dataset)

    assert verdict.passed, verdict.failed
    assert verdict.model["ece"].value < 0.06
    assert verdict.model["auc"].low > verdict.baseline["auc"].high
    assert verdict.model["auc"].value > verdict.linear["auc"].value


def test_a_model_that_learned_nothing_fails_its_card(
    small_card: ModelCard, small_dataset: Dataset, frame_of: FrameOf, names: list[str]
) -> None:
    frame = frame_of(1)
    label = np.random.default_rng(4).permutation(frame["label"].to_numpy())
    noise = frame.set_column(frame.column_names.index("label"), "label", [label])
    dataset = dataset_from(small_card, noise, names)

    verdict = evaluate(small_card, train(small_card, dataset).model, dataset)

    assert not verdict.passed
    assert "auc >= 0.7 not met" in verdict.failed[0]
    assert "does not clear recency" in verdict.failed[-1]


def test_money_is_foretold_with_a_total_and_an_interval_that_hold(
    small_money_card: ModelCard, frame_of: FrameOf, names: list[str]
) -> None:
    dataset = dataset_from(small_money_card, frame_of(6, is_money=True), names)
    trained = train(small_money_card, dataset)
    verdict = evaluate(small_money_card, trained.model, dataset)

    assert verdict.model["total_ratio"].value == pytest.approx(1.0, abs=0.35)  # 800 rows to learn
    assert 0.76 <= verdict.model["coverage"].value <= 0.92  # zeros cover the whole lower tail
    assert {objective for objective, _ in trained.record.tried} == set(
        small_money_card.learner.objectives
    )
    best = max(trained.record.tried, key=lambda pair: pair[1])
    assert trained.record.objective == best[0]


def test_losses_stay_losses_on_every_scale_but_tweedies() -> None:
    label = np.array([-10_000.0, 0.0, 10_000.0])

    assert target(label, "signed_log1p regression").tolist() == pytest.approx(
        [-np.log(101), 0.0, np.log(101)]
    )
    assert target(label, "regression_l1").tolist() == [-100.0, 0.0, 100.0]
    assert target(label, "tweedie").tolist() == [0.0, 0.0, 100.0]


def test_an_interval_covers_what_it_promises_where_the_spread_grows() -> None:
    rng = np.random.default_rng(2)
    score = rng.uniform(1, 100, 12_000)
    value = score * np.exp(rng.normal(size=12_000))
    interval = fit_interval(score[:6000], value[:6000], coverage=0.8)

    low, high = interval.apply(score[6000:])
    inside = (value[6000:] >= low) & (value[6000:] <= high)

    assert inside.mean() == pytest.approx(0.8, abs=0.02)
    assert inside[score[6000:] > 80].mean() == pytest.approx(0.8, abs=0.05)
    assert Interval.from_dict(interval.as_dict()) == interval


def test_tuning_is_repeatable_and_never_ends_below_the_declared_settings(
    small_card: ModelCard, small_dataset: Dataset, small_trained: Trained
) -> None:
    once = tuned(small_card, small_dataset, trials=4)
    twice = tuned(small_card, small_dataset, trials=4)

    assert once.learner == twice.learner
    assert train(once, small_dataset).fit.validation >= small_trained.fit.validation


def test_too_few_events_are_refused_with_what_is_needed(
    small_card: ModelCard, frame_of: FrameOf, names: list[str]
) -> None:
    frame = frame_of(1)
    none = np.zeros(frame.num_rows)
    empty = frame.set_column(frame.column_names.index("label"), "label", [none])

    with pytest.raises(NotReadyError, match="train slice holds 1500 rows, 0 with the event"):
        dataset_from(small_card, empty, names)
