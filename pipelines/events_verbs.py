"""What `evenhand events` does. Way: a sender's file -> here -> counts, dead letters."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
from rich import get_console
from rich.progress import Progress
from rich.table import Column, Table

from core.errors import EventError
from core.events.codec import decode
from core.events.dead_letter import DeadLetter
from core.events.fasttrack import import_line
from core.events.registry import facts, facts_by_type
from core.events.schema_files import (
    FOLDER,
    current_schemas,
    published_schemas,
    schema_diff,
    write_schemas,
)
from core.events.stream_file import Decoder, Placed, Tally, read_events, replay
from core.events.wire import wire_fields
from core.settings import settings_from


def show_types(family: str) -> None:
    """Print a table of the event types."""
    table = Table(Column("type", no_wrap=True), "fields", "meaning")
    for name, fact in sorted(facts_by_type().items()):
        if family in ("", fact.family):
            meaning = (inspect.getdoc(fact) or "").split("\n\n")[0].replace("\n", " ")
            table.add_row(name, str(len(wire_fields(fact))), meaning)
    if not table.row_count:
        families = sorted({fact.family for fact in facts_by_type().values()})
        raise EventError(f"no family {family!r}", expected=f"one of {', '.join(families)}")
    get_console().print(table)


def show_fields(name: str) -> None:
    """Print the fields of a fact: what a column map or a Parquet file must give, and may."""
    fact = facts().get(name)
    if fact is None:
        raise EventError(f"no fact {name!r}", expected="a name of `evenhand events list`")
    table = Table(
        Column("field", no_wrap=True), Column("needed", no_wrap=True), "holds", title=name
    )
    for info in msgspec.structs.fields(fact):
        needed = "yes" if info.required else f"no: {info.default}"
        table.add_row(info.name, needed.replace("None", "empty"), kind_in_words(info.type))
    get_console().print(table)


def kind_in_words(hint: object) -> str:
    """Return what a field holds, in words.

    >>> kind_in_words(int | None)
    'a whole number'
    """
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    return ", ".join(_KINDS.get(kind, str(kind)) for kind in kinds)


_KINDS: dict[object, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    datetime: "a time",
}


def renew_schemas() -> None:
    """Write the schemas anew and say what changed."""
    diff = write_schemas(FOLDER)
    get_console().print(
        f"{len(diff.new)} new, {len(diff.changed)} changed, {len(current_schemas())} types"
    )


def check_schemas() -> None:
    """Refuse schemas on disk that do not say what the code says.

    Raises:
        EventError: they differ; the message names the types.
    """
    diff = schema_diff(published_schemas(FOLDER), current_schemas())
    if not diff.is_empty:
        stale = sorted({*diff.new, *diff.changed, *diff.breaking})
        raise EventError(
            "; ".join(stale),
            expected="the written schemas to say what the types say",
            hint="run `evenhand events schemas` and review the difference",
        )
    get_console().print(f"{len(current_schemas())} schemas say what the types say")


def validate_file(path: Path, letters: Path | None, *, fasttrack: bool) -> bool:
    """Read a file, print the counts, keep the refused lines; true if there was none."""
    settings = settings_from()
    target = letters or settings.dead_letter / "validate" / f"{path.stem}.jsonl"
    if letters is None:
        target.unlink(missing_ok=True)  # ours alone: each look at a file starts anew
    decoder: Decoder = partial(
        import_line if fasttrack else decode, base_currency=settings.base_currency
    )
    tally = Tally()
    with DeadLetter(target) as dead_letter:
        events = read_events(path, dead_letter, tally, decoder)
        for _ in _with_progress(events, path):
            pass
    _show(tally, target)
    return tally.rejected == 0


def replay_letters(letters: Path, out: Path) -> None:
    """Write the raw lines of dead letters to a new file."""
    with out.open("xb") as file:
        count = sum(1 for raw in replay(letters) if file.write(raw + b"\n"))
    get_console().print(f"{count} lines in {out}")


def _with_progress(events: Iterable[Placed], path: Path) -> Iterator[Placed]:
    size = path.stat().st_size if path.exists() else None
    with Progress(console=get_console(), transient=True) as progress:
        task = progress.add_task(path.name, total=size)
        for number, placed in enumerate(events):
            if number % 1000 == 0:
                progress.update(task, completed=placed.offset)
            yield placed


def _show(tally: Tally, letters: Path) -> None:
    table = Table(Column("type", no_wrap=True), "lines")
    for name, count in sorted(tally.by_type.items()):
        table.add_row(name, f"{count:,}")
    for name, count in sorted(tally.unknown.items()):
        table.add_row(f"{name} (unknown, kept)", f"{count:,}")
    if table.row_count:
        get_console().print(table)
    get_console().print(
        f"{tally.lines:,} lines = {tally.accepted:,} accepted + {tally.unknown_count:,} unknown"
        f" + {tally.rejected:,} refused" + (f", in {letters}" if tally.rejected else "")
    )
