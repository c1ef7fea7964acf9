"""Says why a file cannot be read, before and after trying. Way: files -> here -> tables, land."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import duckdb

from core.errors import SourceError

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_WIDTH = 200


def refuse_unreadable(path: Path) -> None:
    """Refuse an empty file and one in an encoding that is not ours, in words.

    Raises:
        SourceError: the file holds nothing, or is UTF-16.
    """
    with path.open("rb") as file:
        head = file.read(2)
    if not head:
        raise SourceError(f"{path} is empty", expected="a file with column names and rows")
    if head in _UTF_16 and path.suffix.lower() != ".parquet":
        raise SourceError(
            f"{path} is UTF-16",
            expected="UTF-8",
            hint="iconv -f UTF-16 -t UTF-8 turns one into the other",
        )


def refuse_twins(path: Path, delimiter: str) -> None:
    """Refuse a CSV that gives two columns one name: the map could not say which it means.

    Raises:
        SourceError: with the name.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            header = next(csv.reader(file, delimiter=delimiter), [])
        except (csv.Error, TypeError):  # a delimiter or line Python cannot read, DuckDB may
            return
    counts = Counter(name.strip().lower() for name in header if name.strip())
    twins = [name for name, count in counts.items() if count > 1]
    if twins:
        raise SourceError(
            f"{path} has two columns called {twins[0]!r}",
            expected="names that differ in more than case",
            hint="rename one in the header line",
        )


def told(error: duckdb.Error) -> str:
    """Return what DuckDB says that a reader of the file can use: no line of the file, no SQL."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    wanted = [
        line for line in lines[1:] if line.startswith(("Maximum line size", "Invalid unicode"))
    ]
    return " ".join(line[:_WIDTH] for line in [*lines[:1], *wanted[:1]])
