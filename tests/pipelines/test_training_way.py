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


def _truth(home: Path) -> dict[str, pa.Table]:
    """Return the simulator's ground truth about players, one row each, by column."""
    held = {folder.name: pq.read_table(folder) for folder in sorted((home / "truth").iterdir())}
    found: dict[str, pa.Table] = {}
    for table, rows in held.items():
        for column in rows.column_names:
            if column != "player_id":
                secret = rows.select(["player_id", column]).rename_columns(["player_id", "secret"])
                one_each = secret.group_by("player_id", use_threads=False).aggregate(
                    [("secret", "max")]
                )
                found[f"truth_{table}_{column}"] = one_each
    return found


def test_every_column_of_the_simulators_truth_is_refused_as_a_feature(
    way_card: ModelCard, way_frames: Frames, small_home: Path
) -> None:
    frame, names = way_frames.of(way_card)
    truth = _truth(small_home)
    assert {"truth_players_churned_at", "truth_harm_path_state"} <= set(truth)

    for name, secret in truth.items():
        planted = frame.join(secret.rename_columns(["player_id", name]), "player_id")
        assert planted.num_rows == frame.num_rows
        with pytest.raises(LeakError, match=f"{name}.*not in its feature service"):
            dataset_from(way_card, planted, names)


def test_a_card_that_needs_more_days_says_so(way_home: Settings) -> None:
    with pytest.raises(NotReadyError, match="ltv_180d: the data spans"):
        open_frames(way_home, [replace(card_named("ltv_180d"), owner="test")], lambda _: None)
