"""`evenhand features list`: every feature and its meaning. Way: views -> here -> reader."""

from __future__ import annotations

from typing import Annotated

import typer

_EXAMPLES = """
List features with their meaning, unit and view.

Examples:

  evenhand features list                       all of them, by view

  evenhand features list --view deposits       one view

  evenhand features list --markdown            the catalogue, as in docs/features.md
"""


def register(app: typer.Typer) -> None:
    """Add the verb `list`."""

    @app.command("list", help=_EXAMPLES)
    def command(
        view: Annotated[list[str] | None, typer.Option(help="Only this view; repeatable.")] = None,
        markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    ) -> None:
        from rich.console import Console

        from features.catalogue import as_markdown, as_table
        from features.registry import all_views, views_named

        views = views_named(view) if view else all_views()
        if markdown:
            typer.echo(as_markdown(views))
        else:
            Console().print(as_table(views))
