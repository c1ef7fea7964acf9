"""What a model declares about itself. Way: models/cards -> here -> labels, splits, training.

A card is frozen data: what is foretold (label), for whom (population), how far ahead (horizon),
from what (feature views), how it is learned, on which split it is judged, what it must reach
(acceptance), beside which trivial baseline, and what it may not be used for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal

from core.discover import declarations
from core.errors import DeclarationError

Role = Literal["train", "validation", "calibration", "interval", "test"]
ROLES: tuple[Role, ...] = ("train", "validation", "calibration", "interval", "test")


@dataclass(frozen=True, slots=True)
class Term:
    """Facts of one type that count for a label, a population or a baseline.

    `where` is SQL over the fact's columns; `column` is the amount summed (nothing: each counts 1),
    taken `sign` times. `dated_by=(fact, key)` moves the occurrence to that of the fact with the
    same key: a charge-back counts when its deposit was made, and is known when it arrived.
    """

    fact: str
    where: str = "TRUE"
    column: str | None = None
    sign: int = 1
    dated_by: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What is foretold over the horizon after the cut-off.

    silence: 1 if none of the terms occurs; incident: 1 if any does; total: their signed sum.
    `matures_days` is how long after the horizon the last word may still arrive (a charge-back
    comes weeks late): a row is used only once its label has had that time.
    """

    kind: Literal["silence", "incident", "total"]
    terms: tuple[Term, ...]
    matures_days: int = 1


@dataclass(frozen=True, slots=True)
class Population:
    """Players with one of `active` in the last `within_days`, free of exclusion, block, closure."""

    active: tuple[Term, ...]
    within_days: int


@dataclass(frozen=True, slots=True)
class LaterTimeOtherPlayers:
    """A split that simulates tomorrow's new players: test is later *and* holds other players.

    Cut-offs lie on a grid of `every_days`, `warmup_days` after the first fact. The test cut-offs
    are the last `test_days` whose labels are ripe; every label used in training was known before
    the first test cut-off. Explicit `train_at`/`test_at` replace the grid; `others=False` tests on
    the same players later (and says so in the record). Shares are of players, by hash.
    """

    every_days: int = 7
    warmup_days: int = 60
    test_days: int = 56
    recent_days: int = 120  # validation and calibration use the last days before the test only
    test_share: float = 0.30
    validation_share: float = 0.12
    calibration_share: float = 0.18
    rows: Mapping[str, int] = field(
        default_factory=lambda: {
            "train": 40_000, "validation": 10_000, "calibration": 12_000,
            "interval": 6_000, "test": 16_000,
        }
    )  # fmt: skip
    others: bool = True
    train_at: tuple[datetime, ...] = ()
    test_at: tuple[datetime, ...] = ()
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Learner:
    """LightGBM settings; several `objectives` are tried, the validation slice chooses.

    `signed_log1p` before an objective's name learns on sign(y)*log(1+|y|), `signed_sqrt` on
    sign(y)*sqrt(|y|), between whole amounts and their logarithm. `blind_to` names endings of
    features no split may use (`sum_life`: also `..._sum_life_by_slots`): they stay in the row.
    """

    objectives: tuple[str, ...] = ("binary",)
    learning_rate: float = 0.05
    num_leaves: int = 15
    min_child_samples: int = 60
    feature_fraction: float = 0.5
    lambda_l2: float = 5.0
    max_rounds: int = 600
    patience: int = 40
    seed: int = 7
    num_threads: int = 1
    blind_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """The trivial answer a model must beat: time since, or sum over the past.

    since_last: days since the last term (many, if never); past_total: sum of the terms over
    `days`. `sign=-1` where less means riskier.
    """

    name: str
    kind: Literal["since_last", "past_total"]
    terms: tuple[Term, ...]
    days: int = 0
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Bound:
    """One line of acceptance: a metric on the test slice and the range it must reach."""

    metric: str
    at_least: float = float("-inf")
    at_most: float = float("inf")

    def holds(self, value: float) -> bool:
        """Say whether a figure keeps the bound; one that is no number never does.

        >>> Bound("auc", at_least=0.7).holds(0.8), Bound("auc").holds(float("nan"))
        (True, False)
        """
        return self.at_least <= value <= self.at_most

    def __str__(self) -> str:
        sides = [
            f">= {self.at_least:g}" if math.isfinite(self.at_least) else "",
            f"<= {self.at_most:g}" if math.isfinite(self.at_most) else "",
        ]
        return f"{self.metric} {' and '.join(side for side in sides if side)}"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The declaration of one model. `features` are view names: the feature service of the card.

    `accept` lists bounds; besides them a model must beat `baseline` on `judged_by` with 95 %
    intervals that do not overlap. `may_separate` names features allowed past the leak alarm.
    """

    name: str
    foretells: str
    label: Label
    horizon_days: int
    population: Population
    features: tuple[str, ...]
    judged_by: str
    baseline: Baseline
    accept: tuple[Bound, ...]
    owner: str
    limits: str
    learner: Learner = Learner()
    split: LaterTimeOtherPlayers = field(default_factory=LaterTimeOtherPlayers)
    approvers: int = 1
    may_separate: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.horizon_days < 1 or not self.features:
            raise DeclarationError(
                f"card {self.name}: horizon {self.horizon_days} d, {len(self.features)} views",
                expected="a horizon of whole days and at least one feature view",
            )

    @property
    def is_money(self) -> bool:
        """Whether the score is an amount in base-currency minor units, not a probability."""
        return self.label.kind == "total"

    @property
    def ripe_days(self) -> int:
        """Days after the cut-off until the label is final."""
        return self.horizon_days + self.label.matures_days

    def as_dict(self) -> dict[str, object]:
        """Return the card as plain JSON-ready data."""
        return asdict(self)


@cache
def all_cards() -> dict[str, ModelCard]:
    """Return every declared card by name, sorted."""
    from models import cards

    found: dict[str, ModelCard] = {}
    for card in declarations(cards, ModelCard):
        if card.name in found:
            raise DeclarationError(f"card {card.name} is declared twice", expected="one file")
        found[card.name] = card
    return dict(sorted(found.items()))


def card_named(name: str) -> ModelCard:
    """Return a declared card.

    Raises:
        DeclarationError: there is none of that name; the message lists those there are.
    """
    if name not in all_cards():
        raise DeclarationError(
            f"no card named {name}", expected=f"one of {', '.join(all_cards())}",
            hint="cards are files in models/cards",
        )  # fmt: skip
    return all_cards()[name]


def services() -> dict[str, tuple[str, ...]]:
    """Return the feature services: a card's name, or `scoring` for all cards -> view names."""
    every = sorted({view for card in all_cards().values() for view in card.features})
    return {name: card.features for name, card in all_cards().items()} | {"scoring": tuple(every)}
