"""`evenhand compliance`: limits, breaks and exclusions of players, judged by the packs in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_WHERE = "sqlite:///PATH or postgresql://...; EVENHAND_LEDGER, else a file in the home."
Url = Annotated[str, typer.Option("--ledger", envvar="EVENHAND_LEDGER", help=_WHERE)]
Packs = Annotated[
    str, typer.Option(envvar="EVENHAND_PACKS", help="Packs in use, such as GB,MT; all for all.")
]
Overlay = Annotated[
    Path | None, typer.Option(envvar="EVENHAND_OVERLAY", help="The operator's file of settings.")
]
Player = Annotated[str, typer.Argument(help="The player's id.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Rules that bind: limits, breaks, exclusions.")
    group.command("enrol")(enrol)
    group.command("ask")(ask)
    group.command("show")(show)
    group.command("duties")(duties)
    group.command("kinds")(kinds)
    group.command("replay")(replay)
    group.command("serve")(serve)
    app.add_typer(group, name="compliance")


def enrol(  # noqa: PLR0913, PLR0917 - Typer's options
    player: Player,
    jurisdiction: Annotated[str, typer.Argument(help="The pack's id, such as GB.")],
    born_on: Annotated[str, typer.Option(help="Date of birth, such as 1990-05-01.")] = "",
    packs: Packs = "all",
    overlay: Overlay = None,
    ledger: Url = "",
) -> None:
    """Put a player with a wallet under a jurisdiction's rules.

    Example: evenhand compliance enrol p-1042 GB --born-on 1990-05-01
    """
    from pipelines.compliance_verbs import Where, enrolled

    enrolled(Where(ledger, packs, overlay), player, jurisdiction, born_on)


def ask(  # noqa: PLR0913, PLR0917 - Typer's options
    player: Player,
    kind: Annotated[str, typer.Argument(help="What is asked: see `evenhand compliance kinds`.")],
    said: Annotated[list[str] | None, typer.Argument(help="Fields, as name=value.")] = None,
    request_id: Annotated[str, typer.Option("--id", help="To be asked once, whatever fails.")] = "",
    packs: Packs = "all",
    overlay: Overlay = None,
    ledger: Url = "",
) -> None:
    """Ask the desk, and print what every rule says; ends with 1 if it is not granted.

    Amounts are whole currency. Example:
    evenhand compliance ask p-1042 limit_asked limit=deposit period=day amount=100.00
    """
    from pipelines.compliance_verbs import Where, asked

    if not asked(Where(ledger, packs, overlay), (player, kind, request_id), tuple(said or ())):
        raise typer.Exit(1)


def show(player: Player, packs: Packs = "all", overlay: Overlay = None, ledger: Url = "") -> None:
    """Show what the rules know of a player: limits, breaks, sums, marks.

    Example: evenhand compliance show p-1042
    """
    from pipelines.compliance_verbs import Where, shown

    shown(Where(ledger, packs, overlay), player)


def duties(
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late.")] = False,
    ledger: Url = "",
) -> None:
    """List what people have to do about players, and by when; ends with 1 if something is late.

    Example: evenhand compliance duties --overdue
    """
    from pipelines.compliance_verbs import listed_duties

    if not listed_duties(ledger, only_overdue=overdue):
        raise typer.Exit(1)


def kinds() -> None:
    """List what can be asked, with its fields.

    Example: evenhand compliance kinds
    """
    from pipelines.compliance_verbs import listed_kinds

    listed_kinds()


def replay(
    chain: Annotated[str, typer.Argument(help="The log's chain, such as rg:GB.")],
    seq: Annotated[int, typer.Argument(help="The entry's number.")],
    ledger: Url = "",
) -> None:
    """Judge a decision of the log again by the pack and the standing of then; 1 if it differs.

    Example: evenhand compliance replay rg:GB 1204
    """
    from pipelines.compliance_verbs import replayed

    if not replayed(ledger, chain, seq):
        raise typer.Exit(1)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3200,
    packs: Packs = "all",
    overlay: Overlay = None,
    ledger: Url = "",
) -> None:
    """Answer the account system and the CRM over HTTP until interrupted.

    Callers bear the key in EVENHAND_COMPLIANCE_KEY. See docs/compliance.md.

    Example: evenhand compliance serve --packs GB,MT
    """
    from pipelines.compliance_verbs import Where, served

    served(Where(ledger, packs, overlay), host, port)
