"""The project's churn and value cards, moved to data that holds payments only.

Activity is the approved deposit into the gambling account; value is its gross amount (an operator's
net revenue is not in the data). All else is the declared card: learner, calibration, guards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from benchmarks.measured import later_time
from models.cards.churn_30d import CHURN_30D
from models.cards.ltv_180d import LTV_180D
from models.spec import Baseline, Label, ModelCard, Population, Term

# The player-value views that payments can fill; money models read no view of markers of harm.
VIEWS = ("activity", "cash", "deposit_attempts", "deposits")
DEPOSIT = (Term("deposit_approved"),)
AMOUNT = (Term("deposit_approved", column="amount_base_minor"),)


def churn(name: str, train_at: Sequence[datetime], test_at: datetime) -> ModelCard:
    """Return `churn_30d` with deposits as the only activity."""
    return replace(
        CHURN_30D,
        name=name,
        foretells="No approved deposit in the 30 days after the cut-off.",
        label=replace(CHURN_30D.label, terms=DEPOSIT),
        population=Population(DEPOSIT, within_days=30),
        features=VIEWS,
        baseline=Baseline("recency", "since_last", DEPOSIT),
        split=later_time(train_at, test_at),
    )


def value(name: str, train_at: Sequence[datetime], test_at: datetime) -> ModelCard:
    """Return `ltv_180d` as gross deposits over 90 days of players active in the last 60."""
    return replace(
        LTV_180D,
        name=name,
        foretells="Approved deposits over the 90 days after the cut-off, in US cents.",
        label=Label("total", AMOUNT),
        horizon_days=90,
        population=Population(DEPOSIT, within_days=60),
        features=VIEWS,
        baseline=Baseline("last-90-days value", "past_total", AMOUNT, days=90),
        accept=(),
        # Slower than the card: chosen, like the objective, at an earlier cut-off.
        learner=replace(LTV_180D.learner, learning_rate=0.02, patience=100, max_rounds=1_500),
        split=later_time(train_at, test_at),
    )


def learned_on(card: ModelCard, objective: str) -> ModelCard:
    """Return the card with one objective instead of several to choose from."""
    return replace(card, learner=replace(card.learner, objectives=(objective,)))
