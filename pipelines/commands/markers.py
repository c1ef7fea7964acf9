"""`evenhand markers`: signs of harm, what packs do at them, and what came of it."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.compliance import Overlay, Packs, Player, Url


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Signs of harm: watch, show, evaluate.")
    group.command("list")(list_)
    group.command("show")(show)
    group.command("watch")(watch)
    group.command("due")(due)
    group.command("evaluate")(evaluate)
    app.add_typer(group, name="markers")


def list_() -> None:
    """List the markers, their figures and from which figure they are spoken of.

    Example: evenhand markers list
    """
    from pipelines.markers_verbs import listed

    listed()


def show(player: Player) -> None:
    """Show a player's figures by the landed facts, as of his newest deed.

    Example: evenhand markers show p-1042
    """
    from pipelines.markers_verbs import shown

    shown(player)


def watch(  # noqa: PLR0913, PLR0917 - Typer's options
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="Leave once nothing is left to read.")
    ] = False,
    act_on_all: Annotated[
        bool, typer.Option("--act-on-all", help="Act on old deeds too: for a log played again.")
    ] = False,
    log: Annotated[
        str, typer.Option(envvar="EVENHAND_LOG", help="The event log; else the file in the home.")
    ] = "",
    packs: Packs = "all",
    overlay: Overlay = None,
    ledger: Url = "",
) -> None:
    """Follow the event log and have the packs answer markers as they are met, until Ctrl-C.

    What became known over a day ago makes the past but is not acted upon.

    Example: evenhand markers watch --packs GB,NL
    """
    from core.settings import settings_from
    from pipelines.compliance_verbs import Where
    from pipelines.markers_verbs import watched

    address = log or f"sqlite:///{settings_from().home / 'log.sqlite'}"
    where = Where(ledger, packs, overlay)
    watched(where, address, until_caught_up=until_caught_up, acts_on_all=act_on_all)


def due(packs: Packs = "all", overlay: Overlay = None, ledger: Url = "") -> None:
    """List interventions whose effect is to be looked at; ends with 1 if one is late.

    Example: evenhand markers due
    """
    from pipelines.compliance_verbs import Where
    from pipelines.markers_verbs import evaluations

    if not evaluations(Where(ledger, packs, overlay)):
        raise typer.Exit(1)


def evaluate(
    player: Player,
    by: Annotated[str, typer.Option(help="Who looks, for the log.")],
    packs: Packs = "all",
    overlay: Overlay = None,
    ledger: Url = "",
) -> None:
    """Compare play before and after an intervention by the landed facts; the log keeps it.

    Example: evenhand markers evaluate p-1042 --by n.officer
    """
    from pipelines.compliance_verbs import Where
    from pipelines.markers_verbs import evaluated

    evaluated(Where(ledger, packs, overlay), player, by)
