"""What a landing did, in numbers that add up. Way: settle -> here -> table, landings.jsonl."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec


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
        names = ("accepted", "duplicate", "rejected", "unknown", "late", "clamped")
        sums = {name: sum(getattr(t, name) for t in self.tallies) for name in names}
        return Tally(fact="all", **sums)


def append_landing(path: Path, landing: Landing) -> None:
    """Add a landing to the log of landings, one JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    row = asdict(landing)
    for tally in row["tallies"]:
        tally["read"] = sum(tally[k] for k in ("accepted", "duplicate", "rejected", "unknown"))
    with path.open("ab") as file:
        file.write(msgspec.json.encode(row) + b"\n")
