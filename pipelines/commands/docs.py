"""`evenhand docs`: the generated pages, written anew."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("docs")(docs)


def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if stale.")] = False,
) -> None:
    """Write the pages made from the declarations: features, cards, rules, commands.

    Example: evenhand docs --check
    """
    from rich.console import Console

    from core.errors import NotReadyError
    from pipelines.pages import pages

    texts = pages()
    stale = [p for p, text in texts.items() if not p.is_file() or p.read_text() != text]
    if check and stale:
        raise NotReadyError(
            f"stale pages: {', '.join(p.name for p in stale)}",
            expected="pages as the declarations say", hint="make docs",
        )  # fmt: skip
    for path in [] if check else stale:
        path.write_text(texts[path])
    Console().print(f"{len(texts)} pages, {len(stale)} {'stale' if check else 'written'}")
