"""Small worlds for models: a frame with a known cause, and a warehouse written fact by fact."""

from __future__ import annotations

import typing
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.events.registry import facts
from features.sources import fact_schema, open_warehouse
from models.dataset import Dataset, dataset_from
from models.evaluate import evaluate
from models.provenance import provenance
from models.spec import Bound, Learner, ModelCard, card_named
from models.tracking import Logged, Training, log_training
from models.train import Trained, train

NAMES = [f"deposit_count_{i}" for i in range(8)]
ROLES = {"train": 1500, "validation": 500, "calibration": 800, "interval": 600, "test": 1200}


def labelled_frame(seed: int, *, is_money: bool = False) -> pa.Table:
    """Return rows whose label depends on the first three of eight features, with gaps."""
    rng = np.random.default_rng(seed)
    roles = np.repeat(list(ROLES), list(ROLES.values()))
    rows = len(roles)
    matrix = rng.normal(size=(rows, len(NAMES)))
    cause = matrix[:, 0] + np.where(matrix[:, 1] > 0, matrix[:, 2], 0.0)
    chance = 1 / (1 + np.exp(-(2 * cause - 1)))
    label = (rng.random(rows) < chance).astype(float)
    if is_money:
        label *= np.round(np.exp(cause + 0.5 * rng.normal(size=rows)) * 1000)
    matrix[rng.random(matrix.shape) < 0.05] = np.nan
    columns = {n: pa.array(matrix[:, i], from_pandas=True) for i, n in enumerate(NAMES)}
    return pa.table(
        {
            "player_id": [f"p{i // 2:05d}" for i in range(rows)],
            "as_of": pa.array(
                [datetime(2026, 1, 1 + i % 2, tzinfo=UTC) for i in range(rows)], pa.timestamp("us")
            ),
            "role": roles,
            "label": label,
            "baseline": rng.normal(size=rows) + 0.3 * cause,
            **columns,
        }
    )


FrameOf = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def names() -> list[str]:
    """Return the features of the labelled frame."""
    return list(NAMES)


@pytest.fixture(scope="session")
def frame_of() -> FrameOf:
    """Return the maker of labelled frames: a seed, and whether the label is money."""
    return labelled_frame


@pytest.fixture(scope="session")
def small_card() -> ModelCard:
    """Return churn's card with a quick learner and bounds that a right model meets."""
    learner = Learner(("binary",), learning_rate=0.1, num_leaves=7, max_rounds=120, patience=15)
    return replace(
        card_named("churn_30d"),
        learner=replace(learner, num_threads=1),
        accept=(Bound("auc", at_least=0.7), Bound("ece", at_most=0.08)),
    )


@pytest.fixture(scope="session")
def small_money_card() -> ModelCard:
    """Return ltv's card with a quick learner and bounds that a right model meets."""
    card = card_named("ltv_180d")
    learner = replace(card.learner, num_leaves=7, max_rounds=80, patience=10, num_threads=1)
    bounds = (Bound("normalised_gini", at_least=0.3), Bound("coverage", at_least=0.7))
    return replace(card, learner=learner, accept=bounds)


@pytest.fixture(scope="session")
def small_dataset(small_card: ModelCard) -> Dataset:
    """Return the frame of a probability as a dataset."""
    return dataset_from(small_card, labelled_frame(1), NAMES)


@pytest.fixture(scope="session")
def small_trained(small_card: ModelCard, small_dataset: Dataset) -> Trained:
    """Return a model trained on it."""
    return train(small_card, small_dataset)


@dataclass
class Registry:
    """A model registry of its own, with versions made of trainings on other seeds."""

    mlruns: Path
    card: ModelCard
    logged: dict[int, Logged] = field(default_factory=dict)

    def log(self, seed: int, card: ModelCard | None = None) -> Logged:
        """Train on a seed's frame and register it."""
        card = card or self.card
        dataset = dataset_from(card, labelled_frame(seed, is_money=card.is_money), NAMES)
        trained = train(card, dataset)
        verdict = evaluate(card, trained.model, dataset)
        made_of = provenance(dataset.sha256, NAMES)
        return log_training(self.mlruns, Training(card, trained, verdict, made_of))


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an MLflow home whose database is made: copying it is cheaper than making it again."""
    from models.registry import client

    home = tmp_path_factory.mktemp("mlflow")
    client(home).search_registered_models()
    return home


@pytest.fixture
def registry(tmp_path: Path, empty_home: Path, small_card: ModelCard) -> Registry:
    """Return an empty registry."""
    import shutil

    mlruns = tmp_path / "mlruns"
    mlruns.mkdir()
    shutil.copy(empty_home / "mlflow.db", mlruns / "mlflow.db")
    return Registry(mlruns, small_card)


Facts = dict[str, list[dict[str, typing.Any]]]


@pytest.fixture
def warehouse_of(
    tmp_path: Path,
) -> Iterator[Callable[[Facts], duckdb.DuckDBPyConnection]]:
    """Return a maker of warehouses: facts as plain rows in, an open connection out."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def make(content: Facts) -> duckdb.DuckDBPyConnection:
        folder = tmp_path / f"warehouse{len(opened)}"
        for name, rows in content.items():
            _write(folder / name, name, rows)
        opened.append(open_warehouse(folder, threads=1))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


def _write(folder: Path, name: str, rows: list[dict[str, typing.Any]]) -> None:
    schema = fact_schema(facts()[name])
    whole = [
        {f.name: _filler(f) for f in schema}
        | {"event_id": uuid.uuid4().bytes, "recorded_at": row["occurred_at"]}
        | row
        for row in rows
    ]
    (folder / "date=2026-01-01").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(whole, schema), folder / "date=2026-01-01" / "made.parquet")


def _filler(column: pa.Field) -> object:
    if column.nullable:
        return None
    if pa.types.is_string(column.type):
        return "x"
    if column.name == "exchange_rate_e6":
        return 1_000_000
    return 0 if pa.types.is_integer(column.type) else False
