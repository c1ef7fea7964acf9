"""Signs how far a chain has come. Way: `evenhand log checkpoint` -> here -> audit_checkpoint.

What came since the last checkpoint is verified before it is signed: a signature over a broken chain
would be worse than none. Nobody waits meanwhile: reading sees a snapshot, and only the finished
checkpoint is written.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from core.audit.broken import BrokenChainError
from core.audit.checkpoint import Checkpoint, signed
from core.audit.checkpoints import keep
from core.audit.entry import GENESIS
from core.audit.heads import head_of
from core.audit.keys import SigningKey
from core.audit.known import Witness, known_of
from core.audit.opening import appending, looking
from core.audit.verify import verified
from core.errors import NotReadyError


def sign_chain(
    url: str, chain: str, key: SigningKey, witness: Witness, at_us: int
) -> Checkpoint | None:
    """Verify, sign and keep how far a chain has come; null if nothing came since the last.

    Raises:
        BrokenChainError: the chain is broken since the last checkpoint, or a checkpoint is.
        NotReadyError: the key is not in the list of public ones.
        LogError: another signed meanwhile.
    """
    if key.key_id not in witness.keys:
        raise NotReadyError(
            f"the key {key.key_id} is not in the list of public keys",
            hint="what it signs could not be verified; name the list with --keys",
        )
    with looking(url) as connection:
        draft = _draft(connection, chain, witness, at_us)
    if draft is None:
        return None
    checkpoint = signed(draft, key)
    with appending(url) as connection:
        keep(connection, checkpoint)
    return checkpoint


def _draft(connection: Connection, chain: str, witness: Witness, at_us: int) -> Checkpoint | None:
    known = known_of(connection, chain, witness)
    if known.broken is not None:
        raise BrokenChainError(known.broken)
    last = known.last
    for _ in verified(connection, chain, known, last.seq + 1 if last else 1):
        pass  # raises where it is broken
    head = head_of(connection, chain)
    if head is None or head.seq == (last.seq if last else 0):
        return None
    before = last.digest if last else GENESIS
    return Checkpoint(chain, head.seq, head.hash, at_us, "", before)
