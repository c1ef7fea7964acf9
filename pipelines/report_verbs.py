"""What `evenhand report` does. Way: command line -> here -> pipelines.reporting -> people."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import msgspec
from rich import get_console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from core.clock import Clock, SystemClock
from core.compliance.calendar import instant_us
from core.errors import NotReadyError
from core.settings import settings_from
from pipelines.ledger_verbs import ledger_url
from pipelines.reporting.exporting import export
from pipelines.reporting.file_chain import CHAIN, first_broken, read_chain
from pipelines.reporting.making import Made, Wish, kept, make, pack_named, scope_of
from pipelines.reporting.manifest import broken_files, read
from pipelines.reporting.page import warnings
from pipelines.reporting.pseudonyms import key_file, key_of, make_key
from pipelines.reporting.record import kinds, schema_of
from pipelines.reporting.report import Says, Sheet, reports
from pipelines.reporting.restating import restate
from pipelines.reporting.telling import tell_replacements, tell_taxes


def list_reports() -> None:
    """Print the reports there are."""
    table = Table("report", "packs", "says")
    for one in reports().values():
        table.add_row(one.name, ", ".join(one.packs) or "all", one.says)
    get_console().print(table)


def says_of(applies: Sequence[str], shares: Sequence[str]) -> Says:
    """Read what the operator says of himself: taxes, and shares as TAX=1/4 or TAX=0.25.

    Raises:
        NotReadyError: a share is none between 0 and 1.
    """
    found = {}
    for said in shares:
        tax, _, text = said.partition("=")
        try:
            found[tax] = Fraction(text)
        except (ValueError, ZeroDivisionError) as error:
            raise NotReadyError(f"a share {said!r}", expected="TAX=1/4 or TAX=0.25") from error
        if not 0 <= found[tax] <= 1:
            raise NotReadyError(f"a share {said!r}", expected="between 0 and 1")
    return Says(tuple(applies), found)


def make_report(  # noqa: PLR0913 - what, of whom, of when, where to
    name: str, pack: str, period: str, known_by: datetime | None, out: Path | None, *,
    is_provisional: bool = False, says: Says | None = None, clock: Clock | None = None,
) -> Path:  # fmt: skip
    """Make a report and print its first rows; return its folder."""
    settings, now_us = settings_from(), _now(clock)
    known_us = now_us if known_by is None else instant_us(known_by.replace(tzinfo=UTC))
    wish = Wish(name, pack, period, known_us, is_provisional, says or Says(),
                settings.base_currency)  # fmt: skip
    with Progress(console=get_console(), transient=True) as progress:
        task = progress.add_task("reading", total=3)
        made, files = make(
            settings.warehouse, wish, now_us,
            lambda what: progress.update(task, advance=1, description=what),
        )  # fmt: skip
    folder = _shown(made, files, out or _place(made))
    _log(lambda url: tell_taxes(url, made, now_us))
    return folder


def restate_report(
    old: Path, known_by: datetime | None, out: Path | None, clock: Clock | None = None
) -> Path:
    """Make a report again and print what changed; return its folder."""
    settings, now_us = settings_from(), _now(clock)
    known_us = now_us if known_by is None else instant_us(known_by.replace(tzinfo=UTC))
    with get_console().status("reading"):
        made, files = restate(settings.warehouse, old, known_us, now_us)
    folder = _shown(made, files, out or _place(made), made.sheets[-2:])
    _log(lambda url: tell_taxes(url, made, now_us))
    return folder


def verify(folder: Path) -> bool:
    """Say whether a report or an export is as it was made; print what is not."""
    console = get_console()
    if (folder / CHAIN).is_file():
        said = first_broken(folder)
        count = len(read_chain(folder).entries)
        console.print(
            Text(said, style="red") if said else f"{count} entries, all as they were made"
        )
        return not said
    manifest, broken = read(folder), broken_files(folder)
    for line in broken:
        console.print(Text(line, style="red"))
    if not broken:
        told = f"{manifest.report} {manifest.pack} {manifest.period}: sound, {manifest.hash}"
        console.print(Text(told), soft_wrap=True)
    return not broken


def export_records(  # noqa: PLR0913 - what, of when, where to
    pack: str, period: str, known_by: datetime | None, out: Path | None, *,
    is_provisional: bool = False, clock: Clock | None = None,
) -> Path:  # fmt: skip
    """Export a period and print what was added; return the folder."""
    settings, now_us = settings_from(), _now(clock)
    known_us = now_us if known_by is None else instant_us(known_by.replace(tzinfo=UTC))
    wish = Wish("", pack, period, known_us, is_provisional, base_currency=settings.base_currency)
    scope = scope_of(wish, now_us)
    folder = out or settings.home / "regulator" / pack / "export"
    key = key_of(key_file(os.environ), pack)
    with Progress(console=get_console(), transient=True) as progress:
        task = progress.add_task("exporting", total=len(kinds()))
        done = export(
            settings.warehouse, scope, key, folder, is_provisional=is_provisional,
            on_kind=lambda name: progress.update(task, advance=1, description=name),
        )  # fmt: skip
    table = Table("kind", "new", "replacing", "cancelling")
    for name, counts in done.counts.items():
        told = (counts.get(word, 0) for word in ("new", "replacement", "cancellation"))
        table.add_row(name, *map(str, told))
    get_console().print(table)
    get_console().print(Text(f"{folder}, {len(done.chain.entries)} entries"), soft_wrap=True)
    _log(lambda url: tell_replacements(url, folder, now_us))
    return folder


def make_pseudonym_key(pack: str) -> None:
    """Add a key of a pack's pseudonyms to the file of them."""
    path = key_file(os.environ)
    make_key(path, pack_named(pack).pack)
    get_console().print(Text(f"a key of {pack} is in {path}"), soft_wrap=True)


def print_schema(kind: str) -> None:
    """Print the schema of a kind's lines, or of all.

    Raises:
        NotReadyError: there is no such kind.
    """
    if kind and kind not in kinds():
        raise NotReadyError(f"a kind {kind!r}", expected=f"one of {', '.join(kinds())}")
    found = {name: schema_of(one) for name, one in kinds().items() if kind in ("", name)}
    told = msgspec.json.format(msgspec.json.encode(found[kind] if kind else found), indent=2)
    get_console().print(told.decode(), markup=False, highlight=False, soft_wrap=True)


def _log(tell: Callable[[str], int]) -> None:
    """Tell the log; where there is none the report stands all the same, and that is said."""
    try:
        count = tell(ledger_url(os.environ.get("EVENHAND_LEDGER", "")))
    except NotReadyError as error:
        told = f"not in the log: {error}; made again later, it will be"
        get_console().print(Text(told, style="yellow"), soft_wrap=True)
    else:
        get_console().print(f"{count} new entries in the log")


def _place(made: Made) -> Path:
    """Return where a report lies unless somebody says otherwise: in the home, by its hash."""
    one = made.manifest
    name = f"{one.report}-{one.period}-{one.hash[:12]}"
    return settings_from().home / "regulator" / one.pack / "reports" / name


def _shown(
    made: Made, files: dict[str, bytes], out: Path, sheets: Sequence[Sheet] | None = None
) -> Path:
    folder, console = kept(made, files, out), get_console()
    for one in made.sheets[:1] if sheets is None else sheets:
        table = Table(*one.columns, title=one.name)
        for row in one.rows[:20]:
            table.add_row(*map(Text, row))
        console.print(table)
    for line in warnings(made.manifest):
        console.print(Text(line, style="yellow"))
    console.print(Text(f"{folder}, {made.manifest.hash}"), soft_wrap=True)
    return folder


def _now(clock: Clock | None) -> int:
    return instant_us((clock or SystemClock()).now())
