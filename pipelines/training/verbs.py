"""The model verbs as seen on a terminal: progress, tables, promotion."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from core.clock import SystemClock
from core.errors import AcceptanceError, NotReadyError
from core.settings import Settings, settings_from
from models.evaluate import Verdict, evaluate
from models.promotion import Promotion, promote, rollback
from models.registry import LoadedModel, load, load_version
from models.spec import ModelCard, all_cards, card_named
from pipelines.training.run import Outcome, Say, dataset_of, open_frames, train_card
from pipelines.training.tables import closing_table, console, full_table, side_by_side

ALL = "all"


@dataclass(frozen=True, slots=True)
class TrainAsked:
    """What `evenhand train` was asked."""

    card: str
    promote: bool
    approvers: tuple[str, ...]
    trials: int


def run_train(asked: TrainAsked) -> None:
    """Train the cards asked for and print the closing table; promote those that may be.

    Raises:
        NotReadyError: the data does not suffice for a card; the others were trained all the same.
        AcceptanceError: a promotion asked for was refused; the others were made.
    """
    settings, out = settings_from(), console()
    cards = list(all_cards().values()) if asked.card == ALL else [card_named(asked.card)]
    outcomes: list[Outcome] = []
    unready: list[NotReadyError] = []
    with _progress(out) as say:
        frames = open_frames(settings, cards, say)
        for card in cards:
            try:
                done = train_card(settings, frames, card, _prefixed(say, card), asked.trials)
            except NotReadyError as error:
                unready.append(error)
            else:
                outcomes.append(done)
    _print_outcomes(settings, outcomes, out)
    refused = _promote_all(settings, asked, outcomes, out) if asked.promote else []
    if unready:
        raise unready[0]
    if refused:
        raise AcceptanceError(
            f"not promoted: {', '.join(refused)}", expected="every card trained to become champion",
            hint="the reasons stand above; what was champion still answers",
        )  # fmt: skip


def _print_outcomes(settings: Settings, outcomes: Sequence[Outcome], out: Console) -> None:
    if outcomes:
        out.print(closing_table([(o.verdict, o.logged.version) for o in outcomes]))
    for outcome in outcomes:
        for why in outcome.verdict.failed:
            out.print(f"[red]{outcome.card.name}[/] {escape(why)}", soft_wrap=True)
    out.print(f"pictures: {settings.pictures}", soft_wrap=True)
    out.print(f"runs:     {settings.mlruns / 'mlflow.db'}", soft_wrap=True)


def run_evaluate(name: str, alias: str) -> None:
    """Judge a registered version on the data as it is and print every figure."""
    settings, out = settings_from(), console()
    loaded = load(settings.mlruns, name, alias)
    (verdict,) = _judged(settings, card_named(name), [loaded], out)
    out.print(full_table(verdict, f"{name} version {loaded.version} ({alias})"))
    out.print("[green]meets its card[/]" if verdict.passed else "[red]does not meet its card[/]")
    for why in verdict.failed:
        out.print(escape(why), soft_wrap=True)


def run_compare(name: str, versions: Sequence[str]) -> None:
    """Judge versions on the same rows and print them side by side."""
    settings, out = settings_from(), console()
    loaded = [load_version(settings.mlruns, name, version) for version in versions]
    verdicts = _judged(settings, card_named(name), loaded, out)
    named = [(f"version {m.version}", v) for m, v in zip(loaded, verdicts, strict=True)]
    out.print(side_by_side(named, f"{name} on the same held-out rows"))


def run_promote(asked: Promotion) -> None:
    """Make a version champion, or say why not."""
    replaced = promote(settings_from().mlruns, asked, SystemClock())
    before = f", replacing {replaced}" if replaced else ""
    console().print(f"{asked.name} version {asked.version} is champion{before}")


def run_rollback(name: str) -> None:
    """Let the previous champion answer again."""
    was, now = rollback(settings_from().mlruns, name)
    console().print(f"{name} version {now} is champion again, {was} is kept as previous")


def _judged(
    settings: Settings, card: ModelCard, loaded: Sequence[LoadedModel], out: Console
) -> list[Verdict]:
    with _progress(out) as say:
        dataset = dataset_of(open_frames(settings, [card], say), card)
        say("judging on held-out time and players")
        return [evaluate(card, one.model, dataset) for one in loaded]


def _promote_all(
    settings: Settings, asked: TrainAsked, outcomes: Sequence[Outcome], out: Console
) -> list[str]:
    """Promote what may be; return the cards that were refused."""
    refused: list[str] = []
    people = asked.approvers or (getpass.getuser(),)
    for outcome in outcomes:
        wanted = Promotion(outcome.card.name, outcome.logged.version, people, "evenhand train")
        try:
            promote(settings.mlruns, wanted, SystemClock())
        except AcceptanceError as error:
            refused.append(outcome.card.name)
            out.print(f"[yellow]{outcome.card.name} not promoted[/]: {escape(str(error))}",
                      soft_wrap=True)  # fmt: skip
        else:
            out.print(f"[green]{outcome.card.name} version {wanted.version} is champion[/]")
    return refused


def _prefixed(say: Say, card: ModelCard) -> Say:
    return lambda what: say(f"{card.name}: {what}")


@contextmanager
def _progress(out: Console) -> Iterator[Say]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task("opening the warehouse", total=None)
        # A pipe shows no spinner: there every step is a line.
        piped = not out.is_terminal and not os.environ.get("EVENHAND_QUIET")

        def say(what: str) -> None:
            bar.update(task, description=what)
            if piped:
                out.print(what)

        yield say
