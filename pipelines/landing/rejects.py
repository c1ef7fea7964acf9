"""Rows that are no facts, kept with their reason. Way: settle -> here -> <home>/dead_letter.

Nothing is lost: a row refused here can be mended and landed again.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from core.events.dead_letter import DeadLetter

PLACE = ("at_file", "at_row", "at_offset", "raw")
"""Where a candidate stood: file, row or line from 1, byte offset or null, and its text if bad."""


def keep_refused(path: Path, refused: duckdb.DuckDBPyConnection) -> int:
    """Append the rows (reason, then `PLACE`) of a result to a dead-letter file; return how many."""
    with DeadLetter(path) as letters:
        while rows := refused.fetchmany(10_000):
            for reason, at_file, at_row, at_offset, raw in rows:
                place = (str(at_file), int(at_row), int(at_offset or 0))
                letters.reject((raw or "").encode(), reason, *place)
        return letters.count
