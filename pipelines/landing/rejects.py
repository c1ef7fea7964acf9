"""Rows that are no facts, kept with their refusal. Way: settle -> here -> <home>/dead_letter.

Nothing is lost: a row refused here can be mended and landed again.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from core.events.dead_letter import DeadLetter

REFUSED = ("_reason", "_file", "_row", "_offset", "_raw")
"""Columns beside a candidate's own: why it is no fact (or null), where it stood (row or line from
1, byte offset or null), its text if refused. No field of a fact begins with an underscore."""


def keep_refused(path: Path, refused: duckdb.DuckDBPyConnection) -> int:
    """Append the rows (`REFUSED`) of a result to a dead-letter file; return how many."""
    with DeadLetter(path) as letters:
        while rows := refused.fetchmany(10_000):
            for reason, file, row, offset, raw in rows:
                place = (str(file), int(row), int(offset or 0))
                letters.reject((raw or "").encode(), reason, *place)
        return letters.count
