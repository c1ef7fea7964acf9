"""What `evenhand ledger` does. Way: command line -> here -> core.ledger -> tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich import get_console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from core.clock import Clock, SystemClock
from core.errors import SourceError
from core.ledger.audit import LAWS, Finding, findings_of, scope_since
from core.ledger.ledger import Ledger
from core.ledger.open_ledger import open_backend
from core.ledger.reading import reading
from core.ledger.reads import Span, StatementLine, balances, statement
from core.ledger.reconciling import Columns, Disagreement, Entry, read_report, reconcile
from core.ledger.rows import HOUSE
from core.ledger.sweeping import (
    Ages,
    close_rounds,
    ended_holds,
    expire_holds,
    open_bets,
    open_rounds,
)
from core.ledger.units import units_text
from core.settings import settings_from

SHOWN = 20
"""Rows of one kind that are printed."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Report:
    """A provider's file, its names for columns (ours=theirs) and operations (theirs=ours)."""

    path: Path
    columns: Sequence[str] = ()
    operations: Sequence[str] = ()
    places: int | None = None


def ledger_url(url: str) -> str:
    """Return where the ledger is: what was said, else a file in the home."""
    return url or f"sqlite:///{settings_from().home / 'ledger.sqlite'}"


def check_ledger(url: str, since: datetime | None) -> bool:
    """Print what breaks a law; return whether nothing does."""
    console, broken = get_console(), 0
    with (
        reading(ledger_url(url)) as connection,
        Progress(console=console, transient=True) as progress,
    ):
        scope = scope_since(connection, microseconds(since))
        for law in progress.track(LAWS, description="examining"):
            found = list(findings_of(connection, law, scope))
            broken += bool(found)
            if found:
                print_findings(law.__doc__ or "", found)
    if broken:
        console.print(f"[bold red]{broken} of {len(LAWS)} laws are broken[/]")
    else:
        console.print(f"all {len(LAWS)} laws hold")
    return not broken


def show_player(url: str, player: str, since: datetime | None, most: int) -> None:
    """Print a player's funds and movements."""
    console = get_console()
    with reading(ledger_url(url)) as connection:
        table = Table("currency", "fund", "balance", "changes", title=Text(f"funds of {player}"))
        for held in balances(connection, player):
            amount = units_text(held.balance, held.currency)
            table.add_row(held.currency, held.fund, amount, str(held.version))
        if not table.row_count:
            console.print(Text(f"no wallet of {player}"))
            return
        console.print(table)
        page = statement(connection, player, Span(microseconds(since)), most=most)
    moved = Table("time (UTC)", "what", "provider", "id", "bet", "moved", "after")
    for line in page.lines:
        _add_line(moved, line)
    console.print(moved)
    if page.next_place is not None:
        said = _at(page.next_place[0]).isoformat(timespec="seconds")[:19]
        console.print(f"there are more: go on with --since {said}, or show more with --most")


def sweep_ledger(
    url: str, ages: Ages, closing: frozenset[str], *, is_dry: bool, clock: Clock | None = None
) -> None:
    """Print what was left lying; expire holds and close rounds unless it is only to be listed."""
    now_us = microseconds((clock or SystemClock()).now())
    with reading(ledger_url(url)) as connection:
        holds = list(ended_holds(connection, now_us))
        rounds = list(open_rounds(connection, ages.rounds_before(now_us)))
        bets = list(open_bets(connection, ages.bets_before(now_us)))
    console = get_console()
    console.print(f"{len(holds)} holds past their end")
    _print_left("open rounds", [(r.provider, r.player, r.round_id, r.opened_us) for r in rounds])
    _print_left("unsettled bets", [(b.provider, b.player, b.bet_ref, b.at_us) for b in bets])
    if is_dry:
        return
    backend = open_backend(ledger_url(url))
    try:
        expired = expire_holds(Ledger(backend), holds, now_us)
        closed = close_rounds(Ledger(backend), rounds, closing, now_us)
    finally:
        backend.close()
    console.print(f"expired {expired.done} holds, closed {closed.done} rounds")


def reconcile_report(url: str, report: Report, provider: str, day: date) -> bool:
    """Print where a report and the ledger disagree; return whether they agree."""
    console, told = get_console(), read_report(report.path, _columns(report))
    with reading(ledger_url(url)) as connection, console.status("comparing"):
        found = reconcile(connection, provider, day, told)
    table = Table("what", "operation", "id", "player", "field", "here", "there")
    for disagreement in found:
        _add_disagreement(table, disagreement)
    if found:
        console.print(table)
    console.print(f"{len(found)} disagreements" if found else "the report and the ledger agree")
    return not found


def _columns(report: Report) -> Columns:
    names = {column.name for column in fields(Columns)} - {"operations", "places"}
    renamed: dict[str, Any] = dict(_pair(said) for said in report.columns)
    if unknown := set(renamed) - names:
        raise SourceError(
            f"no column {', '.join(sorted(unknown))}", expected=", ".join(sorted(names))
        )
    columns = replace(Columns(places=report.places), **renamed)
    words = dict(_pair(said) for said in report.operations)
    return replace(columns, operations={**columns.operations, **words})


def _pair(said: str) -> tuple[str, str]:
    name, equals, value = said.partition("=")
    if not equals:
        raise SourceError(repr(said), expected="two names, such as transaction_id=uuid")
    return name, value


def print_findings(meaning: str, found: Sequence[Finding]) -> None:
    """Print some rows that break one law."""
    table = Table(*found[0].row, title=f"{found[0].law}: {meaning}")
    for finding in found[:SHOWN]:
        table.add_row(*_cells(*finding.row.values()))
    get_console().print(table)
    if len(found) > SHOWN:
        get_console().print(f"... and {len(found) - SHOWN} more, at least")


def _print_left(title: str, rows: Sequence[tuple[str, str, str, int]]) -> None:
    table = Table("provider", "player", "id", "since (UTC)", title=f"{len(rows)} {title}")
    for *names, since_us in rows[:SHOWN]:
        table.add_row(*_cells(*names, f"{_at(since_us):%Y-%m-%d %H:%M}"))
    get_console().print(table if rows else f"0 {title}")


def _cells(*values: object) -> Iterator[Text]:
    """Yield values as they are: what others named may hold brackets, which are no markup."""
    return (Text(str(value)) for value in values)


def _add_line(table: Table, line: StatementLine) -> None:
    movement, currency = line.movement, line.movement.currency
    own = [leg for leg in line.legs if leg.owner != HOUSE]
    cells = _cells(
        f"{_at(movement.at_us):%Y-%m-%d %H:%M:%S}", movement.operation, movement.provider,
        movement.transaction_id, movement.bet_ref,
        "\n".join(f"{units_text(leg.amount, currency)} {currency} {leg.fund}" for leg in own),
        "\n".join(units_text(leg.balance_after or 0, currency) for leg in own),
    )  # fmt: skip
    table.add_row(*cells)


def _add_disagreement(table: Table, found: Disagreement) -> None:
    entry = found.here or found.there
    if entry is None:
        return
    cells = _cells(
        found.kind, entry.operation, entry.transaction_id, entry.player, "\n".join(found.names),
        _said(found.here, found.names), _said(found.there, found.names),
    )  # fmt: skip
    table.add_row(*cells)


def _said(entry: Entry | None, names: Iterable[str]) -> str:
    if entry is None:
        return ""
    shown = {
        "amount": lambda: "" if entry.amount is None else units_text(entry.amount, entry.currency)
    }
    return "\n".join(
        shown[name]() if name in shown else str(getattr(entry, name))
        for name in tuple(names) or ("amount",)
    )


def microseconds(at: datetime | None) -> int:
    """Return an instant as UTC microseconds, one without a zone as UTC; null is 0."""
    if at is None:
        return 0
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def _at(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)
