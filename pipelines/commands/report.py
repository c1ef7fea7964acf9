"""`evenhand report`: reports for regulators, made, restated, verified; the common export."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

_INSTANTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]
Pack = Annotated[str, typer.Option("--pack", help="The jurisdiction, such as GB.")]
Period = Annotated[str, typer.Option(help="2026-Q3, 2026-10 or 2026-10-05, on the pack's clock.")]
KnownBy = Annotated[
    datetime | None,
    typer.Option(formats=_INSTANTS, help="Facts recorded by then (UTC); now by default."),
]
Out = Annotated[Path | None, typer.Option(help="The folder; else one in the home.")]
Provisional = Annotated[
    bool, typer.Option("--provisional", help="Although the period is not over; it is marked so.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Reports for regulators: make, restate, verify.")
    for name, verb in (
        ("list", list_), ("make", make), ("restate", restate), ("verify", verify),
        ("export", export), ("key", key), ("schema", schema),
    ):  # fmt: skip
        group.command(name)(verb)
    app.add_typer(group, name="report")


def list_() -> None:
    """Show the reports there are, and what each says.

    Example: evenhand report list
    """
    from pipelines.report_verbs import list_reports

    list_reports()


def make(  # noqa: PLR0913, PLR0917 - Typer's options
    name: Annotated[str, typer.Argument(help="The report, as `evenhand report list` has it.")],
    pack: Pack,
    period: Period,
    known_by: KnownBy = None,
    out: Out = None,
    provisional: Provisional = False,
    applies: Annotated[
        list[str] | None, typer.Option(help="A tax that is due only if you say it is yours.")
    ] = None,
    share_off: Annotated[
        list[str] | None, typer.Option(help="TAX=1/4: the share of promotional stakes taken off.")
    ] = None,
) -> None:
    """Make a report of landed facts. The same facts, period and instant give the same bytes.

    Examples: `evenhand report make ggr --pack GB --period 2026-Q3`,
    `evenhand report make tax --pack NJ --period 2026-10 --known-by 2026-11-03 --out oct`
    """
    from pipelines.report_verbs import make_report, says_of

    says = says_of(applies or (), share_off or ())
    make_report(name, pack, period, known_by, out, is_provisional=provisional, says=says)


def restate(
    old: Annotated[Path, typer.Argument(help="The old report's manifest, or its folder.")],
    known_by: KnownBy = None,
    out: Out = None,
) -> None:
    """Make a report again with what is known now: which cells changed, by which facts and why.

    Example: evenhand report restate oct/manifest.json --out oct-2
    """
    from pipelines.report_verbs import restate_report

    restate_report(old, known_by, out)


def verify(
    folder: Annotated[Path, typer.Argument(help="The folder of a report, or of an export.")],
) -> None:
    """Say whether files are as they were made, and name the first that is not; then ends with 1.

    Example: evenhand report verify oct
    """
    from pipelines.report_verbs import verify as verified

    if not verified(folder):
        raise typer.Exit(1)


def export(
    pack: Pack,
    period: Period,
    known_by: KnownBy = None,
    out: Out = None,
    provisional: Provisional = False,
) -> None:
    """Export records of a period; a folder exported into before gets only what changed since.

    Needs EVENHAND_PSEUDONYM_KEYS. Example: evenhand report export --pack NL --period 2026-10-05
    """
    from pipelines.report_verbs import export_records

    export_records(pack, period, known_by, out, is_provisional=provisional)


def key(pack: Pack) -> None:
    """Make the key of a jurisdiction's pseudonyms, in the file EVENHAND_PSEUDONYM_KEYS names.

    Example: evenhand report key --pack NL
    """
    from pipelines.report_verbs import make_pseudonym_key

    make_pseudonym_key(pack)


def schema(
    kind: Annotated[str, typer.Argument(help="The kind of record; all without.")] = "",
) -> None:
    """Print the JSON Schema of the export's lines.

    Example: evenhand report schema round
    """
    from pipelines.report_verbs import print_schema

    print_schema(kind)
