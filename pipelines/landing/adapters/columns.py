"""Anybody's own CSV, TSV, Parquet or JSON lines, by a column map of their own: no code."""

from __future__ import annotations

from pipelines.landing.adapter import Adapter
from pipelines.landing.mapped_files import mapped_candidates

COLUMNS = Adapter(
    name="columns",
    reads="CSV, TSV, Parquet, JSON lines, with --map FILE.yaml",
    why="A data scientist's own export should need a declaration, not a programme.",
    candidates=mapped_candidates,
)
