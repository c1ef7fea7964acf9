"""`evenhand events`: the contract of what may be sent, and whether a file keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The event contract: types, schemas, files.")
    group.command("list")(list_types)
    group.command("schemas")(schemas)
    group.command("validate")(validate)
    group.command("replay")(replay)
    app.add_typer(group, name="events")


def list_types(
    family: Annotated[str, typer.Option(help="Only this family, such as payment.")] = "",
    fact: Annotated[
        str, typer.Option(help="The fields of this one, as a column map names them.")
    ] = "",
) -> None:
    """Show every event type with what it means, or the fields of one.

    Examples: `evenhand events list --family payment`,
    `evenhand events list --fact deposit_approved`
    """
    from pipelines.events_verbs import show_fields, show_types

    if fact:
        show_fields(fact)
    else:
        show_types(family)


def schemas(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if stale.")] = False,
) -> None:
    """Write the JSON Schema of every type; a change that breaks a published one is refused.

    Example: `evenhand events schemas --check`
    """
    from pipelines.events_verbs import check_schemas, renew_schemas

    if check:
        check_schemas()
    else:
        renew_schemas()


def validate(
    file: Annotated[Path, typer.Argument(help="Events, one JSON object a line.")],
    fasttrack: Annotated[
        bool, typer.Option("--fasttrack", help="The lines are Fast Track's messages.")
    ] = False,
    dead_letter: Annotated[
        Path | None, typer.Option(help="Where refused lines go; a file in the home by default.")
    ] = None,
) -> None:
    """Read a file by the contract: counts by type, and every refused line with its reason.

    Ends with 1 if a line was refused.

    Examples: `evenhand events validate export.ndjson`,
    `evenhand events validate feed.ndjson --fasttrack`
    """
    from pipelines.events_verbs import validate_file

    if not validate_file(file, dead_letter, fasttrack=fasttrack):
        raise typer.Exit(1)


def replay(
    letters: Annotated[Path, typer.Argument(help="A dead-letter file, mended or not.")],
    out: Annotated[Path, typer.Argument(help="Where the raw lines go.")],
) -> None:
    """Turn dead letters back into the lines they came from, to be fed again.

    Example: `evenhand events replay var/dead_letter/export.jsonl mended.ndjson`
    """
    from pipelines.events_verbs import replay_letters

    replay_letters(letters, out)
