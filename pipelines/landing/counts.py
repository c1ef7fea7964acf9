"""What a landing did, in numbers that add up. Way: settle -> here -> table, landings.jsonl."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

COUNTS = ("accepted", "duplicate", "rejected", "unknown", "late", "clamped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One fact in one landing: accepted + duplicate + rejected + unknown = read.

    `late` (known more than an hour after it happened) and `clamped` (said to have happened after
    it was known; moved back) are parts of `accepted`.
    """

    fact: str
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    unknown: int = 0
    late: int = 0
    clamped: int = 0

    @property
    def read(self) -> int:
        """Rows read."""
        return self.accepted + self.duplicate + self.rejected + self.unknown

    def __add__(self, other: Tally) -> Tally:
        sums = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        return Tally(fact=self.fact, **sums)


@dataclass(frozen=True, slots=True)
class Landing:
    """The outcome of one `evenhand land`; `version` is the warehouse version it made."""

    adapter: str
    sources: tuple[str, ...]
    version: int
    tallies: tuple[Tally, ...]

    @property
    def total(self) -> Tally:
        """All facts together."""
        return sum(self.tallies, start=Tally(fact="all"))


def append_landing(path: Path, landing: Landing) -> None:
    """Add a landing to the log of landings, one JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tallies = [{**asdict(tally), "read": tally.read} for tally in landing.tallies]
    row = {**asdict(landing), "tallies": tallies}
    with path.open("ab") as file:
        file.write(msgspec.json.encode(row) + b"\n")
