"""`evenhand aml`: the money laundering desk, in a database of its own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

_WHERE = "sqlite:///PATH or postgresql://...; EVENHAND_AML, else a file in the home."
_INSTANTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]
Url = Annotated[str, typer.Option("--url", envvar="EVENHAND_AML", help=_WHERE)]
ByWhom = Annotated[str, typer.Option("--by", help="Who acts, for the log; else the login.")]
CaseId = Annotated[str, typer.Argument(help="The case's id.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence; it is kept whatever is decided.")]


class Choice(StrEnum):
    """What can be said of a case."""

    DISMISS = "dismiss"
    EDD = "edd"
    REPORT = "report"
    CONFIRM = "confirm"
    SEND_BACK = "send_back"


class Kind(StrEnum):
    """Which report."""

    SAR = "SAR"
    STR = "STR"
    CTR = "CTR"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Money laundering: patterns, cases, drafts.")
    case = typer.Typer(no_args_is_help=True, help="Cases: list, show, note, decide.")
    for name, verb in (("list", case_list), ("show", case_show), ("note", case_note)):
        case.command(name)(verb)
    case.command("decide")(case_decide)
    group.command("scan")(scan)
    group.command("watch")(watch)
    group.command("alerts")(alerts)
    group.add_typer(case, name="case")
    group.command("draft")(draft)
    group.command("review")(review)
    group.command("file")(file)
    group.command("staff")(staff)
    group.command("typologies")(typologies)
    app.add_typer(group, name="aml")


def scan(
    since: Annotated[
        datetime | None, typer.Option(formats=_INSTANTS, help="Alerts raised since then (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_INSTANTS, help="Facts known before then (UTC).")
    ] = None,
    url: Url = "",
) -> None:
    """Look for patterns in the landed facts; what was said before is not said twice.

    Example: evenhand aml scan --since 2026-11-01 --until 2026-12-01
    """
    from pipelines.aml_verbs import scan_warehouse

    scan_warehouse(url, since, until)


def watch(
    log: Annotated[
        str,
        typer.Option(envvar="EVENHAND_LOG", help="The event log; a file in the home by default."),
    ] = "",
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="Leave when nothing is left to read.")
    ] = False,
    url: Url = "",
) -> None:
    """Look for patterns in the event log as facts come, until Ctrl-C; begins with what was landed.

    Started again it reads all again and says nothing twice. A fact is judged a minute after it
    became known, in the order a scan would judge it.

    Example: evenhand aml watch --until-caught-up
    """
    from pipelines.aml_verbs import watch_log

    watch_log(url, log, until_caught_up=until_caught_up)


def alerts(
    player: Annotated[str, typer.Option(help="Only this player's, by the pseudonym.")] = "",
    most: Annotated[int, typer.Option(min=1, help="Alerts to show, the newest.")] = 50,
    by: ByWhom = "",
    url: Url = "",
) -> None:
    """Show alerts and what was seen. Needs the role `aml`; the look is logged.

    Example: evenhand aml alerts --by n.officer --most 20
    """
    from pipelines.aml_verbs import show_alerts

    show_alerts(url, by, player, most)


def case_list(
    is_open: Annotated[bool, typer.Option("--open/--all", help="Only those undecided.")] = True,
    by: ByWhom = "",
    url: Url = "",
) -> None:
    """Show cases, the oldest first. Needs the role `aml`; the look is logged.

    Example: evenhand aml case list --all
    """
    from pipelines.aml_verbs import list_cases

    list_cases(url, by, is_open=is_open)


def case_show(case: CaseId, by: ByWhom = "", url: Url = "") -> None:
    """Show a case: its alerts with their transactions, notes and assessments. The look is logged.

    Example: evenhand aml case show 5e0b4c1e-... --by n.officer
    """
    from pipelines.aml_verbs import show_case

    show_case(url, by, case)


def case_note(
    case: CaseId,
    said: Annotated[str, typer.Argument(help="The note; it stays as it is.")],
    by: ByWhom = "",
    url: Url = "",
) -> None:
    """Write a note to a case.

    Example: evenhand aml case note 5e0b4c1e-... "payslips asked for in the yearly review"
    """
    from pipelines.aml_verbs import note_case

    note_case(url, by, case, said)


def case_decide(
    case: CaseId,
    decision: Annotated[Choice, typer.Argument(help="What is decided.")],
    reason: Reason,
    by: ByWhom = "",
    url: Url = "",
) -> None:
    """Decide a case. A report is proposed by one person and confirmed or sent back by another.

    Examples: `evenhand aml case decide CASE dismiss --reason "a bonus won and withdrawn"`,
    `evenhand aml case decide CASE confirm --reason "as proposed" --by second.officer`
    """
    from pipelines.aml_verbs import decide_case

    decide_case(url, by, case, decision.value, reason)


def draft(  # noqa: PLR0913, PLR0917 - Typer's options
    case: CaseId,
    kind: Annotated[Kind, typer.Option(help="Which report, as the jurisdiction's policy has it.")],
    out: Annotated[Path | None, typer.Option(help="Write the page there; else print it.")] = None,
    no_suspect: Annotated[
        bool, typer.Option("--no-suspect", help="Nobody is suspected by name: another term.")
    ] = False,
    by: ByWhom = "",
    url: Url = "",
) -> None:
    """Draft a report of a case so decided. Nothing is filed: a person does that.

    Example: evenhand aml draft 5e0b4c1e-... --kind SAR --out sar.md
    """
    from core.aml.drafts import Wish
    from pipelines.aml_verbs import draft as make

    make(url, by, Wish(case, kind.value, is_suspect_known=not no_suspect), out)


def review(
    draft: Annotated[str, typer.Argument(help="The draft's id.")],
    reason: Reason,
    agrees: Annotated[
        bool, typer.Option("--agree/--refuse", help="Whether it can be filed as it is.")
    ] = True,
    by: ByWhom = "",
    url: Url = "",
) -> None:
    """Say of another's draft whether it can be filed; one refused needs a new version.

    Example: evenhand aml review 0c1d... --reason "complete" --by second.officer
    """
    from pipelines.aml_verbs import review_draft

    review_draft(url, by, draft, reason, agrees=agrees)


def file(
    draft: Annotated[str, typer.Argument(help="The draft's id.")],
    reference: Annotated[str, typer.Option(help="The number the authority gave.")],
    by: ByWhom = "",
    url: Url = "",
) -> None:
    """Note that you filed a draft, and under which reference.

    Example: evenhand aml file 0c1d... --reference 2026-000123 --by n.officer
    """
    from pipelines.aml_verbs import file_draft

    file_draft(url, by, draft, reference)


def staff(
    who: Annotated[str, typer.Argument(help="Who is given a role.")],
    place: Annotated[str, typer.Option("--pack", help="The jurisdiction, such as NJ.")],
    role: Annotated[str, typer.Option(help="aml, or aml_admin who gives roles.")] = "aml",
    by: ByWhom = "",
    url: Url = "",
) -> None:
    """Give somebody a role at the desk; the first of a jurisdiction is an aml_admin.

    Example: evenhand aml staff n.officer --pack NJ --by head.of.compliance
    """
    from pipelines.aml_verbs import add_staff

    add_staff(url, by, who, place, role)


def typologies() -> None:
    """Show the patterns that are looked for.

    Example: evenhand aml typologies
    """
    from pipelines.aml_verbs import list_typologies

    list_typologies()
