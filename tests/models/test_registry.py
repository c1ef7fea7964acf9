from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from core.clock import FixedClock
from core.errors import AcceptanceError, NotReadyError
from models.dataset import dataset_from
from models.promotion import Promotion, promote, regression, rollback
from models.registry import client, load, load_version, versions_of_alias
from models.spec import ModelCard
from models.train import train

FrameOf = Callable[..., pa.Table]

CLOCK = FixedClock(datetime(2026, 11, 1, tzinfo=UTC))


def _ask(version: str, *people: str, name: str = "churn_30d") -> Promotion:
    return Promotion(name, version, people or ("ada",), "test")


def test_a_registered_model_scores_as_the_trained_one_to_the_last_bit(
    registry: Any, frame_of: FrameOf, names: list[str]
) -> None:
    logged = registry.log(1)
    dataset = dataset_from(registry.card, frame_of(1), names)
    rows = dataset["test"].matrix
    trained = train(registry.card, dataset).model

    loaded = load(registry.mlruns, "churn_30d", "challenger")

    assert (loaded.version, loaded.kind) == (logged.version, "probability")
    assert loaded.feature_names == tuple(names)
    assert loaded.score(rows).tobytes() == trained.score(rows).tobytes()
    assert loaded.score(rows[:1]).tobytes() == trained.score(rows)[:1].tobytes()
    assert loaded.interval(rows) is None
    gap = loaded.contributions(rows).sum(axis=1) - loaded.raw(rows)
    assert np.abs(gap).max() < 1e-9


def test_money_comes_back_with_its_interval(
    registry: Any, small_money_card: ModelCard, frame_of: FrameOf, names: list[str]
) -> None:
    registry.log(6, small_money_card)
    rows = dataset_from(small_money_card, frame_of(6, is_money=True), names)["test"].matrix

    loaded = load(registry.mlruns, "ltv_180d", "challenger")
    bounds = loaded.interval(rows)

    assert loaded.kind == "money"
    assert bounds is not None
    assert (bounds[0] <= bounds[1]).all()


def test_the_run_keeps_figures_hashes_and_the_card(registry: Any) -> None:
    logged = registry.log(1)

    run = client(registry.mlruns).get_run(logged.run_id)
    loaded = load_version(registry.mlruns, "churn_30d", logged.version)

    assert {"auc", "auc_low", "baseline_auc", "linear_auc", "ece"} <= set(run.data.metrics)
    assert {"data_sha256", "features_sha256", "lock_sha256", "code_commit"} <= set(run.data.tags)
    assert loaded.record["data_sha256"] == run.data.tags["data_sha256"]
    assert loaded.card["limits"] == registry.card.limits
    assert len(loaded.record["slices"]["test"]) == 5


def test_mlflow_reads_the_registered_model_by_itself(registry: Any, names: list[str]) -> None:
    import mlflow.lightgbm

    from models.registry import folder_of

    logged = registry.log(1)
    held = client(registry.mlruns).get_model_version("churn_30d", logged.version)

    assert mlflow.lightgbm.load_model(folder_of(held).as_posix()).feature_name() == names


def test_nothing_answers_until_somebody_promotes_it(registry: Any) -> None:
    logged = registry.log(1)

    assert versions_of_alias(registry.mlruns, ("churn_30d", "ltv_180d"), "champion") == {}
    with pytest.raises(NotReadyError, match="has no champion"):
        load(registry.mlruns, "churn_30d")

    assert promote(registry.mlruns, _ask(logged.version), CLOCK) is None
    assert versions_of_alias(registry.mlruns, ("churn_30d", "ltv_180d"), "champion") == {
        "churn_30d": "1"
    }


def test_a_home_without_a_registry_has_no_versions(registry: Any) -> None:
    assert versions_of_alias(registry.mlruns / "nowhere", ("churn_30d",), "champion") == {}


def test_promotion_refuses_a_version_that_fails_its_card(registry: Any) -> None:
    strict = replace(registry.card, accept=(replace(registry.card.accept[0], at_least=0.99),))
    logged = registry.log(1, strict)

    with pytest.raises(AcceptanceError, match=r"auc >= 0\.99 not met"):
        promote(registry.mlruns, _ask(logged.version), CLOCK)


def test_promotion_refuses_a_version_that_falls_behind(registry: Any) -> None:
    good = registry.log(1)
    promote(registry.mlruns, _ask(good.version), CLOCK)
    lazy = replace(registry.card.learner, max_rounds=1, num_leaves=2)
    worse = registry.log(1, replace(registry.card, learner=lazy, accept=()))
    record = load_version(registry.mlruns, "churn_30d", worse.version).record
    if record["verdict"]["failed"]:
        pytest.fail(f"the worse model must fail by comparison only: {record['verdict']['failed']}")

    with pytest.raises(AcceptanceError, match="falls behind the champion"):
        promote(registry.mlruns, _ask(worse.version), CLOCK)
    assert versions_of_alias(registry.mlruns, ("churn_30d",), "champion") == {
        "churn_30d": good.version
    }


def test_harm_needs_two_different_people(registry: Any) -> None:
    card = replace(registry.card, name="harm_90d", approvers=2)
    version = registry.log(1, card).version

    for people in (("ada",), ("ada", "Ada "), ("ada", "")):
        with pytest.raises(AcceptanceError, match="approved by 1"):
            promote(registry.mlruns, _ask(version, *people, name="harm_90d"), CLOCK)

    promote(registry.mlruns, _ask(version, "ada", "ben", name="harm_90d"), CLOCK)


def test_a_rollback_undoes_a_promotion_and_can_itself_be_undone(registry: Any) -> None:
    first, second = registry.log(1), registry.log(1)
    promote(registry.mlruns, _ask(first.version), CLOCK)
    with pytest.raises(NotReadyError, match="previous None"):
        rollback(registry.mlruns, "churn_30d")
    promote(registry.mlruns, _ask(second.version), CLOCK)

    assert rollback(registry.mlruns, "churn_30d") == (second.version, first.version)
    assert load(registry.mlruns, "churn_30d").version == first.version
    assert rollback(registry.mlruns, "churn_30d") == (first.version, second.version)


def test_across_data_a_version_may_differ_within_its_uncertainty() -> None:
    def record(value: float, low: float, high: float, data: str) -> dict[str, object]:
        figures = {"auc": {"value": value, "low": low, "high": high}}
        return {"data_sha256": data, "verdict": {"judged_by": "auc", "model": figures}}

    old = record(0.80, 0.78, 0.82, "a")

    assert regression(record(0.79, 0.77, 0.81, "b"), old) is None
    assert regression(record(0.75, 0.73, 0.77, "b"), old) is not None
    assert regression(record(0.79, 0.77, 0.81, "a"), old) is None
    assert regression(record(0.77, 0.75, 0.79, "a"), old) is not None


def test_an_unknown_version_is_named(registry: Any) -> None:
    with pytest.raises(NotReadyError, match="no version 9"):
        promote(registry.mlruns, _ask("9"), CLOCK)
