"""Parquet already in the contract's columns, as the simulator or another warehouse writes it."""

from __future__ import annotations

from pipelines.landing.adapter import Adapter
from pipelines.landing.contract_files import contract_candidates

CONTRACT_PARQUET = Adapter(
    name="contract_parquet",
    reads="a folder with <fact>/*.parquet in the columns of the facts",
    why="The fastest way in: columns are checked, not mapped.",
    candidates=contract_candidates,
)
