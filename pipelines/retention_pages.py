"""The table of terms in docs/retention.md, from packs and classes. Way: packs, classes -> here.

The page is written by hand but for what stands between two marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.compliance.load import packs
from core.compliance.pack import Pack
from core.compliance.parts import RecordClass
from core.guard import repository_root
from core.retention.classes import OTHERS, Kind, kinds

BEGIN, END = "<!-- made by `make docs`: begin -->", "<!-- made by `make docs`: end -->"


def retention_pages() -> dict[Path, str]:
    """Return the page with its tables as packs and classes have them."""
    path = repository_root() / "docs" / "retention.md"
    before, _, rest = path.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    tables = "\n".join([*_terms(), "", *_kinds()])
    return {path: f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"}


def _terms() -> Iterator[str]:
    names = sorted(packs())
    yield "| class | " + " | ".join(names) + " |"
    yield "|---" * (len(names) + 1) + "|"
    for record in sorted({name for one in kinds() for name in one.classes}):
        cells = [_term(packs()[name], record) for name in names]
        yield f"| {record} | " + " | ".join(cells) + " |"


def _term(pack: Pack, record: RecordClass) -> str:
    found = pack.kept(record)
    if found is None:
        return "unknown"
    return f"{found.years} y from {found.since.replace('_', ' ')} {found.mark}"


def _kinds() -> Iterator[str]:
    yield "| record | store | classes | counts from | how it ends | |"
    yield "|---|---|---|---|---|---|"
    for one in OTHERS:
        yield _row(one)
    landed = [one for one in kinds() if one not in OTHERS]
    for classes in sorted({one.classes for one in landed}):
        same = [one for one in landed if one.classes == classes]
        names = ", ".join(f"`{one.name}`" for one in same)
        first = same[0]
        yield _row(Kind(names, first.store, classes, first.dated_by, first.ending, first.note))


def _row(one: Kind) -> str:
    cells = (one.name, one.store, ", ".join(one.classes), one.dated_by, one.ending, one.note)
    return f"| {' | '.join(cells)} |"
