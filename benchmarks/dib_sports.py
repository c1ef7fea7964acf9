"""Churn and value of 5,685 real bettors, from their payment log to figures with intervals.

    EVENHAND_DATA=/your/folder python -m benchmarks.dib_sports [--home DIR]

Data: one sports brand of a US digital wallet, March 2019 to March 2020 (Ghaharian 2023). It lands
through `evenhand land --adapter dib_payments`; features are ours at each cut-off; every label used
in training ends before the test cut-off. Reference figures are those published with the project's
survey of public data: LightGBM on the same test players, one default model per objective.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.dib_cards import churn, learned_on, value
from benchmarks.measured import Figures, datasets, day, land_public, say, weekly
from benchmarks.public_data import DIB_SPORTS, find
from benchmarks.tables import Show, digits, dollars, markdown, row
from features.sources import open_warehouse
from models.bootstrap import Estimate
from models.dataset import Dataset
from models.spec import ModelCard

MONTHLY = tuple(day(f"2019-{month:02d}-01") for month in range(6, 12))
WEEKLY = weekly("2019-06-01", "2019-11-01")
CHURN = churn("churn, weekly cut-offs", WEEKLY, day("2020-01-01"))
CHURN_MONTHLY = churn("churn, monthly cut-offs", MONTHLY, day("2020-01-01"))
CHURN_LATER = churn("churn, one month later", WEEKLY, day("2020-01-30"))
VALUE = value("value", weekly("2019-06-03", "2019-09-02"), day("2019-12-01"))
VALUE_TUNING = value("value, tuning", weekly("2019-04-22", "2019-06-03"), day("2019-09-02"))
OBJECTIVES = ("regression_l1", "tweedie", "signed_log1p regression", "signed_sqrt regression")

CHURN_COLUMNS: dict[str, Show] = {
    "auc": digits(3), "average_precision": digits(3), "brier": digits(3), "ece": digits(3),
    "lift_top_decile": digits(2),
}  # fmt: skip
VALUE_COLUMNS: dict[str, Show] = {
    "normalised_gini": digits(3), "spearman": digits(3), "mae": dollars, "total_ratio": digits(2),
    "decile_mape": digits(2),
}  # fmt: skip
CHURN_HEADER = ["scorer", "AUC", "AP", "Brier", "ECE", "top-decile lift"]
VALUE_HEADER = ["scorer", "norm. Gini", "Spearman", "MAE, USD", "total ratio", "decile MAPE"]
CHURN_REFERENCE = [
    ["reference: LightGBM default to small", "0.755-0.759", "0.416", "0.164", "-", "2.08"],
    ["reference: recency alone", "0.753", "-", "-", "-", "-"],
]
VALUE_REFERENCE = [
    ["reference: LightGBM L1", "0.806", "0.559", "1,126", "1.02", "0.28"],
    ["reference: LightGBM Tweedie", "0.800", "0.557", "1,316", "1.26", "0.50"],
    ["reference: LightGBM log1p", "0.767", "0.617", "1,060", "0.83", "-"],
    ["reference: last-90-days value", "0.751", "0.440", "1,329", "-", "-"],
]

_FIRST_AND_LAST = """
    SELECT date_trunc('month', seen) AS in_month, sum(is_first) AS firsts, sum(is_last) AS lasts
    FROM (
        SELECT min(occurred_at) AS seen, 1 AS is_first, 0 AS is_last
        FROM deposit_approved GROUP BY player_id
        UNION ALL SELECT max(occurred_at), 0, 1 FROM deposit_approved GROUP BY player_id
    )
    WHERE seen >= TIMESTAMP '2019-08-01' AND seen < TIMESTAMP '2020-01-01'
    GROUP BY 1 ORDER BY 1
"""


def main() -> None:
    """Print the tables; data is landed into `--home`, or a folder that is thrown away."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, help="keep the warehouse here")
    home = parser.parse_args().home
    path = find(DIB_SPORTS)
    if home is not None:
        _print_all(path, home)
        return
    with tempfile.TemporaryDirectory() as scratch:
        _print_all(path, Path(scratch))


def _print_all(path: Path, home: Path) -> None:
    settings, landing = land_public(path, "dib_payments", home)
    total = landing.total
    cards = [CHURN, CHURN_MONTHLY, CHURN_LATER, VALUE, VALUE_TUNING]
    say("labels and features")
    data = datasets(settings, cards)
    landed = (
        f"Landed: {total.read:,} rows read, {total.accepted:,} accepted, {total.duplicate} "
        f"duplicates, {total.rejected} rejected (no status)."
    )
    tuning, chosen = _choose(VALUE_TUNING, data[VALUE_TUNING.name])
    sections = [
        landed,
        _checks(data),
        _churn(data),
        _value(data, tuning, chosen),
        _break(settings.warehouse, data[VALUE.name], chosen),
    ]
    print("\n\n".join(sections))


def _checks(data: dict[str, Dataset]) -> str:
    first, later = (data[card.name]["test"].label for card in (CHURN, CHURN_LATER))
    worth = data[VALUE.name]["test"].label / 100
    rows = [
        ["churn, 2020-01-01: players", f"{len(first):,}", "2,514"],
        ["churn, 2020-01-01: silent", f"{first.mean():.1%}", "22.8%"],
        ["churn, 2020-01-30: silent", f"{later.mean():.1%}", "28.0%"],
        ["value, 2019-12-01: players", f"{len(worth):,}", "3,588"],
        ["value, 2019-12-01: nothing", f"{(worth == 0).mean():.1%}", "32.5%"],
        ["value, 2019-12-01: mean, USD", f"{worth.mean():,.0f}", "1,456"],
        ["value, 2019-12-01: median, USD", f"{np.median(worth):,.0f}", "210"],
    ]
    return "## The same players?\n\n" + markdown(["test slice", "here", "reference"], rows)


def _churn(data: dict[str, Dataset]) -> str:
    main = Figures(CHURN, data[CHURN.name])
    monthly, later = (Figures(card, data[card.name]) for card in (CHURN_MONTHLY, CHURN_LATER))
    recency = "deposit_s_since_last_life"
    scorers = {
        "`churn_30d`, weekly cut-offs": main.of_model(),
        "`churn_30d`, the reference's monthly cut-offs": monthly.of_model(),
        "logistic regression, same features": main.of_regression(),
        "recency": main.of_feature(recency),
        "last-90-days value, less is worse": main.of_feature("deposit_minor_sum_90d", -1),
    }
    after = {
        "`churn_30d`, weekly cut-offs": later.of_model(),
        "logistic regression, same features": later.of_regression(),
        "recency": later.of_feature(recency),
    }
    early = [row(name, found, CHURN_COLUMNS) for name, found in scorers.items()]
    late = [row(name, found, CHURN_COLUMNS) for name, found in after.items()]
    known = ["reference: LightGBM default / recency", "0.749 / 0.749", "-", "-", "-", "-"]
    return (
        "## Churn: no deposit for 30 days, players active in the last 30\n\n"
        "Trained at cut-offs from 1 June to 1 November 2019, tested at 2020-01-01:\n\n"
        f"{markdown(CHURN_HEADER, [*early, *CHURN_REFERENCE])}\n\n"
        f"The same models at 2020-01-30:\n\n{markdown(CHURN_HEADER, [*late, known])}"
    )


def _value(data: dict[str, Dataset], tuning: str, chosen: str) -> str:
    rows = []
    for objective in OBJECTIVES:
        figures = Figures(learned_on(VALUE, objective), data[VALUE.name]).of_model()
        mark = " (chosen)" if objective == chosen else ""
        rows.append(row(f"value card, {objective}{mark}", figures, VALUE_COLUMNS))
    plain = Figures(VALUE, data[VALUE.name])
    rows.append(row("ridge on log1p, same features", plain.of_regression(), VALUE_COLUMNS))
    rows.append(row("last-90-days value", plain.of_forecast(), VALUE_COLUMNS))
    recency = plain.of_feature("deposit_s_since_last_life", -1)
    rows.append(row("recency, longer is less", recency, VALUE_COLUMNS))
    return (
        "## Value: deposits over 90 days, players active in the last 60\n\n"
        "The objective was chosen at 2019-09-02 (trained to 2019-06-03) by the sum of both ranks:"
        f"\n\n{tuning}\n\nTrained at weekly cut-offs from 3 June to 2 September 2019, tested at "
        f"2019-12-01:\n\n{markdown(VALUE_HEADER, [*rows, *VALUE_REFERENCE])}"
    )


def _choose(card: ModelCard, dataset: Dataset) -> tuple[str, str]:
    """Return the table of objectives at an earlier cut-off, and the best of them there."""
    found: dict[str, dict[str, Estimate]] = {
        objective: Figures(learned_on(card, objective), dataset).of_model()
        for objective in OBJECTIVES
    }
    best = max(found, key=lambda o: found[o]["normalised_gini"].value + found[o]["spearman"].value)
    rows = [row(name, figures, VALUE_COLUMNS) for name, figures in found.items()]
    return markdown(VALUE_HEADER, rows), best


def _break(warehouse: Path, dataset: Dataset, objective: str) -> str:
    """Say what happened to the accounts between the training labels and the test."""
    with open_warehouse(warehouse, threads=1) as connection:
        table = connection.execute(_FIRST_AND_LAST).fetchall()
    part = dataset["test"]
    silent_s = part.matrix[:, dataset.feature_names.index("deposit_s_since_last_life")]
    gone = silent_s > (day("2019-12-01") - day("2019-10-30")).total_seconds()
    rows = [[f"{month:%Y-%m}", f"{firsts:,}", f"{lasts:,}"] for month, firsts, lasts in table]
    seen = Figures(learned_on(VALUE, objective), _kept(dataset, ~gone))
    kept = [
        row(f"value card, {objective}", seen.of_model(), VALUE_COLUMNS),
        row("last-90-days value", seen.of_forecast(), VALUE_COLUMNS),
    ]
    return (
        "## A break in the data: the last days of October 2019\n\n"
        + markdown(["month", "accounts first seen", "accounts last seen"], rows)
        + f"\n\nOf the {len(part):,} players of the value test {gone.sum():,} made no deposit from "
        f"30 October on; {float((part.label[gone] == 0).mean()):.0%} of those bring nothing "
        f"afterwards, against {float((part.label[~gone] == 0).mean()):.0%} of the others. The same "
        f"value model on the others alone:\n\n{markdown(VALUE_HEADER, kept)}"
    )


def _kept(dataset: Dataset, keep: npt.NDArray[np.bool_]) -> Dataset:
    """Return the dataset with some of its test rows."""
    part = dataset["test"]
    fewer = replace(
        part, matrix=part.matrix[keep], label=part.label[keep], baseline=part.baseline[keep],
        players=part.players[keep],
    )  # fmt: skip
    return replace(dataset, slices={**dataset.slices, "test": fewer})


if __name__ == "__main__":
    main()
