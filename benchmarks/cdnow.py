"""Spend of CDNOW's customers over 39 weeks, by the project's value card, against published figures.

    EVENHAND_DATA=/your/folder python -m benchmarks.cdnow [--home DIR]

Retail, not gambling: every method for lifetime value is published on it. Purchases land as deposits
(`--adapter cdnow`); the first 39 weeks are known, the next 39 foretold. All 23,570 customers joined
in the first quarter of 1997, so there is one cut-off and customers are split instead: five folds,
each foretold by a model that never saw its customers.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.measured import Floats, day, land_public, metrics_of, say
from benchmarks.public_data import CDNOW, find
from benchmarks.tables import Show, digits, dollars, markdown, row
from core.settings import Settings
from features.frame import point_in_time_frame
from features.registry import feature_names, views_named
from features.sources import open_warehouse
from models.bootstrap import Judged, estimates
from models.cards.ltv_180d import LTV_180D
from models.dataset import Dataset, dataset_from
from models.metrics import RANKS
from models.spec import Baseline, Label, ModelCard, Population, Term
from models.train import train

FOLDS = 5
CUTOFF, WEEKS = day("1997-10-01"), 39
AMOUNT = (Term("deposit_approved", column="amount_base_minor"),)
OBJECTIVES = ("regression_l1", "tweedie", "signed_log1p regression", "signed_sqrt regression")
CARD: ModelCard = replace(
    LTV_180D, name="cdnow", horizon_days=7 * WEEKS, label=Label("total", AMOUNT), accept=(),
    population=Population((Term("deposit_approved"),), within_days=7 * WEEKS),
    features=("activity", "deposits"),
    baseline=Baseline("past spend", "past_total", AMOUNT, days=7 * WEEKS),
)  # fmt: skip
COLUMNS: dict[str, Show] = {
    "normalised_gini": digits(3), "spearman": digits(3), "mae": lambda minor: f"{minor / 100:.1f}",
    "total_ratio": digits(2), "decile_mape": digits(2),
}  # fmt: skip
HEADER = ["scorer", "norm. Gini", "Spearman", "MAE, USD", "total ratio", "decile MAPE"]
REFERENCE = [
    ["reference: LightGBM Tweedie, 5 folds", "0.723", "0.452", "34.3", "0.95", "-"],
    ["reference: BG/NBD + Gamma-Gamma", "0.672", "0.421", "32.7", "0.83", "-"],
    ["reference: past spend", "0.696", "0.395", "-", "-", "-"],
]
_LABELLED = """
    SELECT player_id, $cutoff::TIMESTAMP AS as_of,
        coalesce(sum(amount_base_minor) FILTER (occurred_at >= $cutoff
            AND occurred_at < $cutoff + to_days($days)), 0)::DOUBLE AS label,
        sum(amount_base_minor) FILTER (occurred_at < $cutoff)::DOUBLE AS baseline
    FROM deposit_approved GROUP BY player_id ORDER BY player_id
"""


def main() -> None:
    """Print the table; data is landed into `--home`, or a folder that is thrown away."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, help="keep the warehouse here")
    home = parser.parse_args().home
    path = find(CDNOW)
    with tempfile.TemporaryDirectory() as scratch:
        settings, landing = land_public(path, "cdnow", home or Path(scratch))
        print(f"Landed: {landing.total.read:,} purchases, {landing.total.accepted:,} accepted.\n")
        print(_table(labelled_frame(settings)))


def labelled_frame(settings: Settings) -> pa.Table:
    """Return one row per customer: features at the cut-off, what came, what was."""
    views = views_named(CARD.features)
    with open_warehouse(settings.warehouse, threads=2) as connection:
        asked = {"cutoff": CUTOFF.replace(tzinfo=None), "days": CARD.horizon_days}
        rows: pa.Table = connection.sql(_LABELLED, params=asked).to_arrow_table()
        frame = point_in_time_frame(connection, rows.select(["player_id", "as_of"]), views)
    return frame.append_column("label", rows["label"]).append_column("baseline", rows["baseline"])


def fold(frame: pa.Table, held_out: int) -> Dataset:
    """Return the dataset that foretells one fold of the customers from the others."""
    part = np.random.default_rng(CARD.split.seed).integers(0, FOLDS, frame.num_rows)
    use = np.random.default_rng(held_out).random(frame.num_rows)
    role = np.select([part == held_out, use < 0.08, use < 0.18, use < 0.20],
                     ["test", "validation", "calibration", "interval"], "train")  # fmt: skip
    names = feature_names(views_named(CARD.features))
    return dataset_from(CARD, frame.append_column("role", pa.array(role.tolist())), names)


def _table(frame: pa.Table) -> str:
    folds = [fold(frame, number) for number in range(FOLDS)]
    label = np.concatenate([data["test"].label for data in folds])
    judged = Judged(label, np.arange(len(label)))  # one row a customer
    metrics = metrics_of(CARD)
    ranks = {name: metrics[name] for name in metrics if name in RANKS}
    rows = []
    for objective in OBJECTIVES:
        say(f"training {objective}")
        score = np.concatenate([_foretold(data, objective) for data in folds])
        rows.append(row(f"value card, {objective}", estimates(score, judged, metrics), COLUMNS))
    past = np.concatenate([data["test"].baseline for data in folds])
    rows.append(row("past spend", estimates(past, judged, ranks), COLUMNS))
    mean = dollars(float(label.mean()))
    return (
        f"{len(label):,} customers, {float((label == 0).mean()):.1%} buy nothing more, mean "
        f"{mean} USD (reference: 70.1 %).\n\n" + markdown(HEADER, [*rows, *REFERENCE])
    )


def _foretold(data: Dataset, objective: str) -> Floats:
    card = replace(CARD, learner=replace(CARD.learner, objectives=(objective,)))
    return train(card, data).model.score(data["test"].matrix)


if __name__ == "__main__":
    main()
