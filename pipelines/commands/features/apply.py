"""`evenhand features apply`: the declarations into Feast. Way: views, cards -> here -> registry."""

from __future__ import annotations

import typer

_EXAMPLES = """
Write every feature view, and one feature service per model card, to the Feast registry in
<home>/feast. What is no longer declared is removed; applying twice changes nothing.

Examples:

  evenhand features apply

  feast -c var/feast feature-views list           what Feast now knows

  feast -c var/feast ui                           the same in a browser
"""


def register(app: typer.Typer) -> None:
    """Add the verb `apply`."""

    @app.command("apply", help=_EXAMPLES)
    def command() -> None:
        from rich.console import Console

        from core.settings import settings_from
        from features.store import apply
        from models.spec import services

        settings, console = settings_from(), Console()
        with console.status("compiling views to Feast"):
            compiled = apply(settings, services())
        features = sum(len(view.features) for view in compiled.views)
        console.print(
            f"{len(compiled.views)} views, {features} features, "
            f"{len(compiled.services)} services -> {settings.feast}"
        )
