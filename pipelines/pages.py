"""Pages of the documentation made from the declarations. Way: cards, rules, packs, verbs -> here.

What is generated is compared by a test, so a page cannot say what is no longer true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, cast

import typer.main

from core.decisions import all_rules
from core.guard import repository_root
from features.catalogue import as_markdown
from features.registry import all_views
from models.spec import ModelCard, all_cards
from pipelines.aml_pages import aml_pages
from pipelines.cli import app
from pipelines.fraud_pages import fraud_pages
from pipelines.markers_pages import markers_pages
from pipelines.pack_pages import pack_pages
from pipelines.retention_pages import retention_pages


class Parameter(Protocol):
    """An option or argument of a verb, as the command-line library describes it."""

    name: str | None
    opts: list[str]
    param_type_name: str


class Verb(Protocol):
    """A verb as the command-line library describes it."""

    help: str | None
    params: Sequence[Parameter]


_MADE = "Made by `make docs`; edit the declarations, not this page.\n"


def pages() -> dict[Path, str]:
    """Return every generated page: its place and its text."""
    docs = repository_root() / "docs"
    return {
        docs / "features.md": as_markdown(all_views()) + "\n",
        docs / "cards.md": _cards(),
        docs / "rules.md": _rules(),
        docs / "commands.md": _commands(),
        **pack_pages(),
        **retention_pages(),
        **aml_pages(),
        **markers_pages(),
        **fraud_pages(),
    }


def _cards() -> str:
    parts = ["# Model cards\n", _MADE]
    for card in all_cards().values():
        parts += [f"## {card.name}\n", f"{card.foretells}\n", *_facts_of(card)]
    return "\n".join(parts).rstrip() + "\n"


def _facts_of(card: ModelCard) -> Iterator[str]:
    bounds = "; ".join(str(bound) for bound in card.accept)
    active = ", ".join(f"`{term.fact}`" for term in card.population.active)
    yield f"- **Population**: players with {active} in the last {card.population.within_days} days,"
    yield "  free of exclusion, block and closure at the cut-off."
    yield f"- **Horizon**: {card.horizon_days} days; labels are final after {card.ripe_days}."
    yield f"- **Judged by** {card.judged_by}, beside *{card.baseline.name}*. Accepted if {bounds},"
    yield "  and its 95 % interval clears the baseline's."
    yield f"- **Feature views**: {', '.join(card.features)}."
    yield f"- **Owner**: {card.owner}; promotion needs {card.approvers} approver(s)."
    yield f"- **Limits of use**: {card.limits}\n"


def _rules() -> str:
    parts = ["# Rules of the gate\n", _MADE]
    parts += ["In order of precedence; all are asked, the most severe finding wins.\n"]
    parts += ["| rule | outcome | says | stands for |", "|---|---|---|---|"]
    parts += [f"| {r.name} | {r.outcome} | {r.reason} | {r.law} |" for r in all_rules()]
    return "\n".join(parts) + "\n"


def _commands() -> str:
    parts = ["# Commands\n", _MADE]
    for name, command in sorted(_leaves("evenhand", typer.main.get_command(app))):
        options = [p for p in command.params if p.name != "help"]
        parts += [f"## {name}\n", f"{(command.help or '').strip()}\n", *_options(options)]
    return "\n".join(line.rstrip() for line in "\n".join(parts).splitlines()).rstrip() + "\n"


def _leaves(name: str, command: object) -> Iterator[tuple[str, Verb]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield name, cast("Verb", command)
        return
    for child_name, child in children.items():
        yield from _leaves(f"{name} {child_name}", child)


def _options(options: list[Parameter]) -> Iterator[str]:
    for option in options:
        words = ", ".join(option.opts) if option.param_type_name == "option" else option.name
        yield f"- `{words}` {getattr(option, 'help', '') or ''}"
    if options:
        yield ""
