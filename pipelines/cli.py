"""The command line: `evenhand <verb>`. Verbs live in pipelines/commands, one file each."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from core.discover import modules_in
from core.errors import EvenhandError
from pipelines import commands

app = typer.Typer(
    name="evenhand",
    help="Player scoring for licensed online casinos. Harm outranks value.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
for _module in modules_in(commands):
    _module.register(app)


def main() -> None:
    """Run a verb; an error of ours is one readable line and exit code 1, never a stack trace."""
    try:
        app()
    except EvenhandError as error:
        Console(stderr=True).print(f"[bold red]{type(error).__name__}[/]: {error}")
        sys.exit(1)
