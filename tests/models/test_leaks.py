from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import LeakError
from core.settings import Settings
from models.dataset import dataset_from
from models.spec import ModelCard

FrameOf = Callable[..., pa.Table]


def test_ground_truth_joined_as_a_feature_is_refused(
    small_card: ModelCard, tmp_path: Path, frame_of: FrameOf, names: list[str]
) -> None:
    settings = Settings(tmp_path)
    frame = frame_of(3)
    players = sorted(set(frame["player_id"].to_pylist()))
    settings.truth.mkdir()
    truth = pa.table({"player_id": players, "harm_state": np.arange(len(players)) % 3})
    pq.write_table(truth, settings.truth / "players.parquet")

    planted = frame.join(pq.read_table(settings.truth / "players.parquet"), "player_id")

    with pytest.raises(LeakError, match=r"harm_state.*not in its feature service"):
        dataset_from(small_card, planted, names)


def test_a_frame_without_a_declared_feature_is_refused(
    small_card: ModelCard, frame_of: FrameOf, names: list[str]
) -> None:
    with pytest.raises(LeakError, match="the frame lacks"):
        dataset_from(small_card, frame_of(3).drop_columns(names[:1]), names)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_feature_that_is_the_label_in_disguise_is_refused(
    small_card: ModelCard, sign: float, frame_of: FrameOf, names: list[str]
) -> None:
    frame = frame_of(3)
    disguised = sign * frame["label"].to_numpy() + np.linspace(0, 0.5, frame.num_rows)
    planted = frame.append_column("deposit_count_99", pa.array(disguised))

    with pytest.raises(LeakError, match=r"deposit_count_99 alone reaches AUC 1\.000"):
        dataset_from(small_card, planted, [*names, "deposit_count_99"])


def test_whether_a_value_is_missing_can_be_the_leak(
    small_card: ModelCard, frame_of: FrameOf, names: list[str]
) -> None:
    frame = frame_of(3)
    only_then = np.where(frame["label"].to_numpy() == 1, 5.0, np.nan)
    planted = frame.append_column("deposit_count_99", pa.array(only_then, from_pandas=True))

    with pytest.raises(LeakError, match="deposit_count_99 alone"):
        dataset_from(small_card, planted, [*names, "deposit_count_99"])


def test_a_named_feature_may_separate(
    small_card: ModelCard, frame_of: FrameOf, names: list[str]
) -> None:
    frame = frame_of(3)
    planted = frame.append_column("deposit_count_99", frame["label"])
    allowing = replace(small_card, may_separate=("deposit_count_99",))

    assert dataset_from(allowing, planted, [*names, "deposit_count_99"]).feature_names[-1] == (
        "deposit_count_99"
    )


def test_an_amount_in_disguise_is_refused(
    small_money_card: ModelCard, frame_of: FrameOf, names: list[str]
) -> None:
    frame = frame_of(3, is_money=True)
    planted = frame.append_column("deposit_count_99", pa.array(frame["label"].to_numpy() ** 0.5))

    with pytest.raises(LeakError, match="rank correlation"):
        dataset_from(small_money_card, planted, [*names, "deposit_count_99"])
