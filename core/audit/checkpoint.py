"""A checkpoint: a signature over how far a chain had come. Way: verify -> here -> checkpoints.

Who can write the database can write a whole chain anew, hashes and all. He cannot sign it. Each
checkpoint names the digest of the one before, so that none can be left out between two.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from core.audit.canonical import canonical
from core.audit.keys import PublicKeys, SigningKey
from core.errors import LogError

_PURPOSE = "evenhand checkpoint 1\n"
"""Signed with each: a signature made for something else is none."""


class Checkpoint(msgspec.Struct, frozen=True):
    """Entry `seq` of a chain had this hash at `at_us` (UTC microseconds), says a key.

    `prev_digest` is the digest of the chain's checkpoint before, zeros for the first; `signature`
    is Ed25519's, in lower-case hex.
    """

    chain: str
    seq: int
    hash: str
    at_us: int
    key_id: str
    prev_digest: str
    signature: str = ""

    @property
    def signed_text(self) -> str:
        """What the signature is of."""
        told = msgspec.structs.asdict(self)
        del told["signature"]
        return _PURPOSE + canonical(told)

    @property
    def digest(self) -> str:
        """The hash the next checkpoint names."""
        return sha256(f"{self.signed_text}\n{self.signature}".encode()).hexdigest()


def signed(checkpoint: Checkpoint, key: SigningKey) -> Checkpoint:
    """Return a checkpoint with its key's id and signature."""
    named = msgspec.structs.replace(checkpoint, key_id=key.key_id, signature="")
    signature = key.sign(named.signed_text.encode())
    return msgspec.structs.replace(named, signature=signature)


def flaw_of(checkpoint: Checkpoint, keys: PublicKeys) -> str:
    """Return what is wrong with a checkpoint by itself, empty for nothing."""
    try:
        text = checkpoint.signed_text.encode()
    except LogError:
        return "it holds what is no text"
    if checkpoint.key_id not in keys:
        return f"its key {checkpoint.key_id} is not in the list of public keys"
    if not keys.has_signed(checkpoint.key_id, text, checkpoint.signature):
        return "its signature is not of what it says"
    return ""
