"""The command line: `evenhand <verb>`. Verbs live in pipelines/commands, one file each."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.text import Text

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
    """Run a verb; an error of ours, or of a file, is a readable line and exit code 1."""
    try:
        app()
    except (EvenhandError, OSError) as error:
        _tell(error)
        sys.exit(1)


def _tell(error: Exception) -> None:
    line = Text.assemble((type(error).__name__, "bold red"), f": {error}")  # no markup in names
    Console(stderr=True).print(line, soft_wrap=True)
