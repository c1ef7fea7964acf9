"""What is known of a chain besides its entries: points that checkpoints have signed.

Way: checkpoints of the database and of a copy elsewhere -> here -> verify. A checkpoint counts if a
listed key signed it and it follows the one before; a copy has none that the database lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from core.audit.broken import Break, What
from core.audit.checkpoint import Checkpoint, flaw_of
from core.audit.checkpoints import checkpoints_of
from core.audit.entry import GENESIS
from core.audit.keys import NO_KEYS, PublicKeys


@dataclass(frozen=True, slots=True)
class Witness:
    """Whom a verification believes: the keys, and the copies of checkpoints kept elsewhere."""

    keys: PublicKeys = NO_KEYS
    copies: Sequence[Checkpoint] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Signed points: seq -> hash. `broken` is the first checkpoint that does not hold."""

    points: Mapping[int, str] = field(default_factory=dict)
    last: Checkpoint | None = None
    broken: Break | None = None

    @property
    def reach(self) -> int:
        """The last seq a checkpoint covers, 0 for none."""
        return max(self.points, default=0)


def known_of(connection: Connection, chain: str, witness: Witness) -> Known:
    """Return what checkpoints say of a chain."""
    kept = checkpoints_of(connection, chain)
    copies = [c for c in witness.copies or () if c.chain == chain]
    breaks = [*_flaws(kept, witness.keys, "the database"), *_flaws(copies, witness.keys, "a copy")]
    if witness.copies is not None:
        breaks += _differences(kept, copies)
    sound = (c for c in (*copies, *kept) if type(c.seq) is int and not flaw_of(c, witness.keys))
    points: dict[int, str] = {}
    for checkpoint in sound:
        points.setdefault(checkpoint.seq, checkpoint.hash)
    return Known(points, kept[-1] if kept else None, min(breaks, key=_place, default=None))


def _flaws(checkpoints: Sequence[Checkpoint], keys: PublicKeys, where: str) -> list[Break]:
    found, before = list[Break](), GENESIS
    for checkpoint in checkpoints:
        flaw = flaw_of(checkpoint, keys)
        if not flaw and checkpoint.prev_digest != before:
            flaw = "the one before it is missing or was changed"
        if flaw:
            found.append(_broken(checkpoint, f"the checkpoint in {where}: {flaw}"))
            break  # what follows it is judged by its signature alone
        before = checkpoint.digest
    return found


def _differences(kept: Sequence[Checkpoint], copies: Sequence[Checkpoint]) -> list[Break]:
    here, there = set(kept), set(copies)
    lost = [c for c in copies if c not in here]
    late = copies[-1].seq if copies else 0
    bare = [c for c in kept if c not in there and type(c.seq) is int and c.seq <= late]
    return [
        *(_broken(c, "a copy has a checkpoint that the database lacks") for c in lost),
        *(_broken(c, "the copy lacks a checkpoint that the database has") for c in bare),
    ]


def _broken(checkpoint: Checkpoint, detail: str) -> Break:
    seq = checkpoint.seq if type(checkpoint.seq) is int else 0
    return Break(str(checkpoint.chain), seq, What.CHECKPOINT, detail)


def _place(found: Break) -> int:
    return found.seq
