"""`evenhand packs`: the rules of jurisdictions looked over, shown and compared."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

_DAYS = ["%Y-%m-%d"]
_OVERLAY = "An operator's overlay, as docs/packs.md describes it."
Overlay = Annotated[Path | None, typer.Option("--overlay", help=_OVERLAY)]
Day = Annotated[datetime | None, typer.Option(formats=_DAYS, help="A local day; today by default.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        no_args_is_help=True, help="Jurisdictions' rules: look over, show, compare."
    )
    group.command("lint")(lint)
    group.command("show")(show)
    group.command("diff")(diff)
    group.command("schema")(schema)
    group.command("try")(try_)
    app.add_typer(group, name="packs")


def lint(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Packs' files; those of the project by default.")
    ] = None,
    overlay: Overlay = None,
) -> None:
    """Print every mistake of a pack with its file and line. Ends with 1 if there is one.

    Examples: `evenhand packs lint`, `evenhand packs lint core/jurisdictions/GB.yaml`,
    `evenhand packs lint --overlay operator.yaml`
    """
    from pipelines.pack_verbs import lint_packs

    if not lint_packs(paths or [], overlay):
        raise typer.Exit(1)


def show(
    pack: Annotated[str, typer.Argument(help="A pack's id, such as GB, or its file.")],
    at: Day = None,
    rule: Annotated[str, typer.Option(help="Only this rule, with all that is known of it.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Rules that are off or of other dates, too.")
    ] = False,
    overlay: Overlay = None,
) -> None:
    """Show what a pack says on a local day: rule, mark, measure, action, source; version and hash.

    Examples: `evenhand packs show GB --at 2026-09-30`,
    `evenhand packs show GB --rule GB-DL-1 --all`, `evenhand packs show NL --overlay operator.yaml`
    """
    from pipelines.pack_verbs import show_pack

    show_pack(pack, at.date() if at else None, rule, everything=everything, overlay=overlay)


def diff(
    first: Annotated[str, typer.Argument(help="A pack's id, or its file.")],
    second: Annotated[str, typer.Argument(help="Another, to compare two packs.")] = "",
    from_day: Annotated[
        datetime | None, typer.Option("--from", formats=_DAYS, help="Compare this local day ...")
    ] = None,
    to_day: Annotated[
        datetime | None, typer.Option("--to", formats=_DAYS, help="... with this one.")
    ] = None,
    overlay: Overlay = None,
) -> None:
    """Show what changed between two days of a pack, or between two packs, field by field.

    Examples: `evenhand packs diff GB --from 2026-09-29 --to 2026-09-30`,
    `evenhand packs diff old.yaml new.yaml`
    """
    from pipelines.pack_verbs import diff_days, diff_packs

    if second:
        diff_packs(first, second)
    elif from_day is None or to_day is None:
        raise typer.BadParameter("give --from and --to, or two packs")
    else:
        diff_days(first, from_day.date(), to_day.date(), overlay)


def schema() -> None:
    """Print the JSON Schema of a pack, for editors: every field, and what each check takes.

    Example: `evenhand packs schema`
    """
    from pipelines.pack_verbs import print_schema

    print_schema()


def try_(
    paths: Annotated[list[Path], typer.Argument(help="Files of cases.")],
    overlay: Overlay = None,
) -> None:
    """Play golden cases on a ledger made for the purpose; ends with 1 if one is not as written.

    Example: evenhand packs try my-case.yaml (docs/compliance.md shows one)
    """
    from pipelines.pack_trying import tried

    if not tried(paths, overlay):
        raise typer.Exit(1)
