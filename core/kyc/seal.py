"""Seals contents: AES-256-GCM under a key of their own, which the region's key wraps.

Way: vault -> here -> rows, bucket. Each sealed text is bound to its row (`Bound`): moved to another
player, record, region or kind it does not open. A sealed text is 12 bytes of nonce, then ciphertext
with its 16 bytes of tag (NIST SP 800-38D).
"""

from __future__ import annotations

import secrets
from dataclasses import astuple, dataclass

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.kyc.errors import SealError
from core.kyc.keys import KEY_BYTES, KeyRing

_NONCE = 12
_TAG = 16


@dataclass(frozen=True, slots=True)
class Bound:
    """What a sealed text is bound to: all that stands in clear beside it and must not change."""

    region: str
    jurisdiction: str
    player: str
    record_id: str
    kind: str
    what: str
    expires_on: str
    level: str
    links: tuple[str, ...]
    at_us: int

    def of(self, part: str) -> bytes:
        """Return the associated data of a part: `key`, `content` or `blob`."""
        return msgspec.json.encode(("evenhand/kyc/1", part, *astuple(self)))


def new_key() -> bytes:
    """Return a fresh key for one record."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(ring: KeyRing, key: bytes, bound: Bound) -> tuple[str, bytes]:
    """Wrap a record's key with the current key; return that key's id and the wrapped key."""
    return ring.current, seal(ring.keys[ring.current], key, _of_key(ring.current, bound))


def unwrap(ring: KeyRing, key_id: str, wrapped: bytes, bound: Bound) -> bytes:
    """Return a record's key.

    Raises:
        SealError: the ring lacks the key, or it does not open this.
    """
    if key_id not in ring.keys:
        raise SealError(
            f"record {bound.record_id} is wrapped by key {key_id}, which the ring has not",
            hint="restore the region's key ring",
        )
    return unseal(ring.keys[key_id], wrapped, _of_key(key_id, bound), bound.record_id)


def seal(key: bytes, text: bytes, associated: bytes) -> bytes:
    """Return a text sealed."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, associated)


def unseal(key: bytes, sealed: bytes, associated: bytes, record_id: str) -> bytes:
    """Return a sealed text opened.

    Raises:
        SealError: it does not open.
    """
    if len(sealed) >= _NONCE + _TAG:
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], associated)
        except InvalidTag:
            pass
    raise SealError(
        f"record {record_id} does not open",
        expected="its own row, unchanged, and the key it was sealed with",
        hint="restore it from a backup; `evenhand log verify` says whether the log is whole",
    ) from None


def _of_key(key_id: str, bound: Bound) -> bytes:
    return bound.of(f"key {key_id}")
