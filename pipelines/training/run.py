"""Trains cards from the warehouse. Way: settings + cards -> frames -> models -> MLflow.

Each card: its labelled frame, the leak guard, the booster, calibration, the verdict on held-out
time and players, pictures, and a registered version. Promotion is a step of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.settings import Settings
from features.sources import open_warehouse
from models.dataset import Dataset, dataset_from
from models.evaluate import Verdict, evaluate
from models.pictures import Album, draw_all
from models.provenance import provenance
from models.spec import ModelCard, all_cards
from models.tracking import Logged, Training, log_training
from models.train import Trained, train
from models.tune import tuned
from pipelines.training.frames import Frames, build_frames

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trained card: its verdict and where it was registered."""

    card: ModelCard
    trained: Trained
    verdict: Verdict
    logged: Logged


def open_frames(settings: Settings, cards: Sequence[ModelCard], say: Say) -> Frames:
    """Return the frames of the cards and of every declared card, which share one computation.

    A card that is not declared (a benchmark's variant) is computed by itself.
    """
    declared = all_cards()
    ours = all(declared.get(card.name) == card for card in cards)
    wanted = list(declared.values()) if ours else list(cards)
    with open_warehouse(settings.warehouse) as connection:
        say("labels")
        folder = settings.home / "frames"
        return build_frames(connection, wanted, folder, lambda view: say(f"features: {view}"))


def dataset_of(frames: Frames, card: ModelCard) -> Dataset:
    """Return a card's dataset; the leak guard has seen it."""
    frame, names = frames.of(card)
    return dataset_from(card, frame, names)


def train_card(
    settings: Settings, frames: Frames, card: ModelCard, say: Say, trials: int = 0
) -> Outcome:
    """Train, judge, draw and register one card."""
    say("checking for leaks")
    dataset = dataset_of(frames, card)
    if trials:
        card = tuned(card, dataset, trials, lambda what: say(f"tuning: {what}"))
    trained = train(card, dataset, lambda objective: say(f"fitted {objective}"))
    say("judging on held-out time and players")
    verdict = evaluate(card, trained.model, dataset)
    say("drawing")
    pictures = draw_all(
        card,
        trained,
        verdict,
        dataset,
        Album(settings.pictures / card.name, settings.base_currency),
    )
    say("registering")
    made_of = provenance(dataset.sha256, [frames.views[name] for name in card.features])
    training = Training(card, trained, verdict, made_of, pictures)
    return Outcome(card, trained, verdict, log_training(settings.mlruns, training))
