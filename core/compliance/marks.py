"""How sure we are of a rule, and from when to when it holds. Way: packs -> here -> pack, parts."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

Mark = Literal["P", "S", "C", "D", "K", "proposed", "draft"]
MARKS = {
    "P": "seen in the regulator's, legislator's or court's own text",
    "S": "seen in a law firm's note, trade press or an operator's page only",
    "C": "sources differ; the safe reading is taken",
    "D": "our own choice; no source claims it",
    "K": "unconfirmed",
    "proposed": "proposed, not in force",
    "draft": "drafted, not in force",
}
SHIPS_OFF = frozenset({"K", "proposed", "draft"})


class Strict(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):  # fmt: skip
    """Base: an unknown field in a pack is a mistake.

    A field left at its default is not written, so that a field added later renames no pack.
    """


class Effective(Strict, frozen=True, kw_only=True):
    """From the first moment of one local day to the last before another; `to` null has no end.

    `is_assumed` says that no page read gave the first day: it then is early enough to judge by.
    """

    from_: date = msgspec.field(name="from")
    to: date | None = None
    is_assumed: bool = False

    def covers(self, on: date) -> bool:
        """Say whether a local day lies within."""
        return self.from_ <= on and (self.to is None or on < self.to)
