"""`evenhand registers`: the national registers, and a sandbox that plays them."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="National registers: exclusions and limits.")
    group.command("list")(list_)
    group.command("serve")(serve)
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


def serve(
    register: Annotated[
        list[str] | None, typer.Option(help="Which to play; all unless some are named.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3200,
) -> None:
    """Play registers for development until interrupted: nobody real is asked.

    People are listed and moods set by an admin path without a lock; see docs/registers.md.

    Example: evenhand registers serve --port 3200 --register oasis --register lugas_limit
    """
    from rich.console import Console

    from pipelines.register_verbs import serve_sandbox

    names = tuple(register or ())
    Console(stderr=True).print(f"sandbox at http://{host}:{port}/ of {', '.join(names) or 'all'}")
    serve_sandbox(names, host, port)
