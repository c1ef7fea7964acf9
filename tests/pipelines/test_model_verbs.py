"""The model verbs as typed: a small home, the real command line, exit codes and messages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.errors import AcceptanceError, NotReadyError
from core.settings import Settings
from models import spec
from models.registry import versions_of_alias
from models.spec import Baseline, Bound, LaterTimeOtherPlayers, Learner, ModelCard, Term, card_named
from pipelines.cli import app

LEARNER = Learner(("binary",), num_leaves=7, min_child_samples=10, max_rounds=40, patience=10)


def _card() -> ModelCard:
    """Return churn on one view and 240 days, with bounds a few hundred players can meet."""
    return replace(
        card_named("churn_30d"),
        features=("activity",),
        baseline=Baseline("nothing", "past_total", (Term("bet_placed"),), days=1),
        accept=(Bound("auc", at_least=0.55),),
        learner=LEARNER,
        split=LaterTimeOtherPlayers(warmup_days=30, test_days=84, test_share=0.35),
    )


@pytest.fixture(scope="module")
def home(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = tmp_path_factory.mktemp("verbs")
    (made / "warehouse").symlink_to(small_warehouse)
    return Settings(made, made / "mlruns")


class Desk:
    """Somebody at a terminal whose only card is the one declared last."""

    def __init__(self, home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.monkeypatch = home, monkeypatch
        monkeypatch.setenv("EVENHAND_HOME", home.home.as_posix())
        monkeypatch.delenv("EVENHAND_MLRUNS", raising=False)
        monkeypatch.setenv("EVENHAND_QUIET", "1")

    def declare(self, card: ModelCard) -> None:
        from pipelines.training import run, verbs

        only = {card.name: card}
        for module in (spec, run, verbs):
            self.monkeypatch.setattr(module, "all_cards", lambda: only)

    def types(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    def champion(self) -> str | None:
        return versions_of_alias(self.home.mlruns, ("churn_30d",), "champion").get("churn_30d")


@pytest.fixture
def desk(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(home, monkeypatch)


def test_the_verbs_lead_from_training_to_a_champion_and_back(desk: Desk) -> None:
    card = _card()
    desk.declare(card)
    trained = desk.types("train", "churn_30d", "--promote", "--approver", "ada")
    assert trained.exit_code == 0, trained.output
    assert "churn_30d version 1 is champion" in trained.output
    assert max(len(line) for line in trained.output.splitlines() if "/" not in line) <= 100
    for whole in ("churn_30d", "nothing", "verdict", "trivial baseline", "met"):
        assert whole in trained.output

    judged = desk.types("evaluate", "churn_30d")
    assert judged.exit_code == 0, judged.output
    assert "churn_30d version 1 (champion)" in judged.output
    assert "meets its card" in judged.output

    strict = replace(card, accept=(Bound("auc", at_least=0.999),))
    desk.declare(strict)
    failed = desk.types("train", "all", "--promote", "--approver", "ada")
    assert failed.exit_code == 1
    assert isinstance(failed.exception, AcceptanceError)
    assert "not promoted: churn_30d" in str(failed.exception)
    assert "auc >= 0.999 not met" in failed.output
    assert desk.champion() == "1"

    desk.declare(replace(card, learner=replace(LEARNER, max_rounds=30)))
    assert desk.types("train", "churn_30d").exit_code == 0
    side = desk.types("compare", "churn_30d", "1", "3")
    assert side.exit_code == 0, side.output
    assert "version 1" in side.output
    assert "version 3" in side.output

    moved = desk.types("promote", "churn_30d", "3", "--approver", "ada", "--reason", "fewer trees")
    assert "churn_30d version 3 is champion, replacing 1" in moved.output, moved.exception
    back = desk.types("rollback", "churn_30d")
    assert "churn_30d version 1 is champion again, 3 is kept as previous" in back.output


def test_harm_is_not_promoted_on_one_persons_word(desk: Desk) -> None:
    desk.declare(replace(_card(), name="harm_90d", approvers=2))

    alone = desk.types("train", "harm_90d", "--promote", "--approver", "ada")

    assert alone.exit_code == 1
    assert "expected 2 different people" in alone.output
    assert versions_of_alias(desk.home.mlruns, ("harm_90d",), "champion") == {}
    both = desk.types("promote", "harm_90d", "1", "--approver", "ada", "--approver", "ben")
    assert "harm_90d version 1 is champion" in both.output


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("evaluate", "ltv_180d"), "ltv_180d has no champion"),
        (("rollback", "ltv_180d"), "a rollback undoes a promotion"),
        (("promote", "ltv_180d", "4", "--approver", "ada"), "evenhand train ltv_180d makes the"),
    ],
)
def test_what_is_not_there_is_said_with_the_next_step(
    desk: Desk, typed: tuple[str, ...], said: str
) -> None:
    asked = desk.types(*typed)

    assert asked.exit_code == 1
    assert isinstance(asked.exception, NotReadyError)
    assert said in str(asked.exception)


def test_help_says_that_a_refused_promotion_is_a_failure(desk: Desk) -> None:
    assert "exit code 1" in " ".join(desk.types("train", "--help").output.replace("│", " ").split())
