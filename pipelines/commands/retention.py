"""`evenhand retention`: how long records are kept, and their provable end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

_DAYS = ["%Y-%m-%d"]
PackId = Annotated[str, typer.Option("--pack", help="The jurisdiction, such as NJ.")]
At = Annotated[
    datetime | None, typer.Option(formats=_DAYS, help="What is due when this local day begins.")
]
ByWhom = Annotated[str, typer.Option("--by", help="Who acts, for the log; else the login.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Records' terms: plan, end, prove, hold.")
    group.command("plan")(plan)
    group.command("run")(run)
    group.command("prove")(prove)
    group.command("hold")(hold)
    group.command("release")(release)
    group.command("holds")(holds)
    app.add_typer(group, name="retention")


def plan(pack: PackId, at: At = None) -> None:
    """Show what is kept and what is due on a day, sort by sort, and why. Changes nothing.

    Example: evenhand retention plan --pack NJ --at 2036-01-01
    """
    from pipelines.retention_verbs import show_plan

    show_plan(pack, at)


def run(  # noqa: PLR0913, PLR0917 - Typer's options
    pack: PackId,
    second: Annotated[str, typer.Option(help="A second person, who agreed.")],
    purpose: Annotated[str, typer.Option(help="What for; it stands in the log.")] = "retention",
    at: At = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; end nothing.")] = False,
    by: ByWhom = "",
) -> None:
    """End what is due: destroy keys of records, anonymise landed facts. It cannot be undone.

    Example: evenhand retention run --pack NJ --at 2036-01-01 --by ann --second ben
    """
    from pipelines.retention_verbs import run_retention, show_plan

    if dry_run:
        show_plan(pack, at)
    else:
        run_retention(pack, at, (by, purpose), second)


def prove(
    entry: Annotated[int, typer.Argument(help="The entry's number in the chain of the pack.")],
    pack: PackId,
) -> None:
    """Look for everything an entry says is gone. Ends with 1 if anything is found.

    Example: evenhand retention prove 3 --pack NJ
    """
    from pipelines.retention_verbs import prove_entry

    if not prove_entry(pack, entry):
        raise typer.Exit(1)


def hold(
    player: Annotated[str, typer.Argument(help="Whose records are kept.")],
    pack: PackId,
    basis: Annotated[str, typer.Option(help="The basis in law, or the file's number.")],
    until: Annotated[
        datetime | None, typer.Option(formats=_DAYS, help="To this local day; else without end.")
    ] = None,
    by: ByWhom = "",
) -> None:
    """Keep all of a player's records, whatever their terms; print the hold's id.

    Example: evenhand retention hold p1 --pack NJ --basis "court file 12/2026" --by counsel
    """
    from pipelines.retention_verbs import place_hold

    place_hold((pack, player), basis, until, by)


def release(
    hold: Annotated[str, typer.Argument(help="The hold's id.")],
    pack: PackId,
    reason: Annotated[str, typer.Option(help="Why; it stands in the log.")],
    by: ByWhom = "",
) -> None:
    """End a hold.

    Example: evenhand retention release 0c1d... --pack NJ --reason "file closed" --by counsel
    """
    from pipelines.retention_verbs import release_hold

    release_hold(pack, hold, reason, by)


def holds(pack: PackId) -> None:
    """Show all holds of a pack.

    Example: evenhand retention holds --pack NJ
    """
    from pipelines.retention_verbs import list_holds

    list_holds(pack)
