"""`evenhand registers`: the national registers, and a sandbox that plays them."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.compliance import Overlay, Packs, Url


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="National registers: exclusions and limits.")
    group.command("list")(list_)
    group.command("serve")(serve)
    group.command("tell")(tell)
    group.command("screen")(screen)
    app.add_typer(group, name="registers")


def list_() -> None:
    """Show the registers known, what each keeps, and what it is sent of a person.

    Example: evenhand registers list
    """
    from rich.console import Console
    from rich.table import Table

    from core.registers.declaration import known_registers

    table = Table("register", "jurisdiction", "kind", "keeps", "is sent")
    for one in known_registers().values():
        table.add_row(one.name, one.jurisdiction, one.kind, one.keeps, ", ".join(one.sends))
    Console().print(table)


def tell(
    every: Annotated[
        float, typer.Option(min=0, help="Seconds between two turns; 0 for one turn.")
    ] = 0,
    packs: Packs = "all",
    overlay: Overlay = None,
    ledger: Url = "",
) -> None:
    """Tell registers what they are to be told: payments' ends, visits over, limits set.

    Ends with 1 if something is not known to have been taken; it stays and is told again. The file
    EVENHAND_REGISTERS names sets registers up. `compliance serve` does this by itself.

    Example: evenhand registers tell --every 5
    """
    from pipelines.compliance_verbs import Where
    from pipelines.register_telling import told

    if not told(Where(ledger, packs, overlay), every):
        raise typer.Exit(1)


def screen(packs: Packs = "all", overlay: Overlay = None, ledger: Url = "") -> None:
    """Ask the registers that want it about every player, as every night.

    Example: evenhand registers screen --packs ES
    """
    from rich.console import Console

    from pipelines.compliance_verbs import Where
    from pipelines.register_telling import screened

    Console().print(f"{screened(Where(ledger, packs, overlay))} players asked about")


def serve(
    register: Annotated[
        list[str] | None, typer.Option(help="Which to play; all unless some are named.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3300,
) -> None:
    """Play registers for development until interrupted: nobody real is asked.

    People are listed and moods set by an admin path without a lock; see docs/registers.md.

    Example: evenhand registers serve --port 3300 --register oasis --register lugas_limit
    """
    from rich.console import Console

    from pipelines.register_verbs import serve_sandbox

    names = tuple(register or ())
    Console(stderr=True).print(f"sandbox at http://{host}:{port}/ of {', '.join(names) or 'all'}")
    serve_sandbox(names, host, port)
