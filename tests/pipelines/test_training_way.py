"""From landed facts to a registered model on the small operator, every step a real one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import LeakError, NotReadyError
from core.settings import Settings
from models.dataset import dataset_from
from models.registry import load
from models.spec import LaterTimeOtherPlayers, Learner, ModelCard, card_named
from pipelines.training.frames import Frames
from pipelines.training.run import open_frames, train_card


@pytest.fixture(scope="module")
def way_card() -> ModelCard:
    """Return churn on two views, with a quick learner and a split that fits 240 days."""
    return replace(
        card_named("churn_30d"),
        features=("deposits", "activity"),
        learner=Learner(("binary",), num_leaves=7, max_rounds=60, patience=10, num_threads=1),
        split=LaterTimeOtherPlayers(warmup_days=30, test_days=28),
    )


@pytest.fixture(scope="module")
def way_home(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("way")
    (home / "warehouse").symlink_to(small_warehouse)
    return Settings(home, home / "mlruns")


@pytest.fixture(scope="module")
def way_frames(way_home: Settings, way_card: ModelCard) -> Frames:
    return open_frames(way_home, [way_card], lambda _: None)


def test_facts_become_a_registered_model_with_its_pictures(
    way_home: Settings, way_card: ModelCard, way_frames: Frames
) -> None:
    done = train_card(way_home, way_frames, way_card, lambda _: None)

    loaded = load(way_home.mlruns, "churn_30d", "challenger")
    assert loaded.version == done.logged.version
    assert done.verdict.model["auc"].value > 0.6
    drawn = {p.stem for p in (way_home.pictures / "churn_30d").glob("*.png") if p.stat().st_size}
    assert drawn == {"gain", "learning_curve", "reliability", "shap_summary"}


def test_the_frame_is_computed_once_and_read_back_equal(
    way_home: Settings, way_card: ModelCard, way_frames: Frames
) -> None:
    views: list[str] = []

    again = open_frames(way_home, [way_card], views.append)

    assert not [v for v in views if v.startswith("features")]
    assert again.features.equals(way_frames.features)


def test_the_simulators_ground_truth_planted_as_a_feature_is_refused(
    way_card: ModelCard, way_frames: Frames, small_home: Path
) -> None:
    frame, names = way_frames.of(way_card)
    found = [pq.read_table(path) for path in sorted((small_home / "truth").rglob("*.parquet"))]
    truth = next(t for t in found if "player_id" in t.column_names)
    secret = next(c for c in truth.column_names if c != "player_id")
    one_each = (
        truth.select(["player_id", secret]).group_by("player_id").aggregate([(secret, "max")])
    )

    planted = frame.join(pa.table(one_each), "player_id")

    with pytest.raises(LeakError, match=f"{secret}_max"):
        dataset_from(way_card, planted, names)


def test_a_card_that_needs_more_days_says_so(way_home: Settings) -> None:
    with pytest.raises(NotReadyError, match="ltv_180d: the data spans"):
        open_frames(way_home, [replace(card_named("ltv_180d"), owner="test")], lambda _: None)
