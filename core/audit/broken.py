"""What can be wrong with a chain, and where first. Way: verify -> here -> verbs, exporting."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.errors import EvenhandError


class What(StrEnum):
    """What is broken at an entry."""

    BODY = "body"  # its text is not what was hashed
    HASH = "hash"  # its hash alone is not what it was
    LINK = "link"  # what it says of the entry before is not so
    REWRITTEN = "rewritten"  # whole in itself, but not what the entry after it was chained to
    MISSING = "missing"  # it is not there, later ones are
    ORDER = "order"  # it stands where another should
    COLUMN = "search column"  # a column beside the body says otherwise than the body
    TRUNCATED = "truncated tail"  # it and all after it are gone: head or checkpoint knew them
    AFTER_HEAD = "after the head"  # appended past the head
    HEAD = "head"
    CHECKPOINT = "checkpoint"
    STORAGE = "storage"  # the database itself cannot read it, or its indexes disagree


@dataclass(frozen=True, slots=True)
class Break:
    """The first broken entry of a chain."""

    chain: str
    seq: int
    what: What
    detail: str

    def __str__(self) -> str:
        return f"{self.chain} is broken at seq {self.seq} ({self.what}): {self.detail}"


class BrokenChainError(EvenhandError):
    """A chain that is not what was written."""

    def __init__(self, found: Break) -> None:
        self.found = found
        super().__init__(str(found), hint="see docs/audit-log.md, 'When a chain is broken'")
