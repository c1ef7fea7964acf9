"""Packs by their content: bytes and hash, and back again. Way: Pack -> here -> a store -> here.

A store keeps the bytes of every pack ever decided by, under their hash, so that an old decision is
judged again by the very pack of then, overlay and all. Fields left at their defaults are not
written: a field that a later version adds renames no pack and is read as its default.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from core.compliance.pack import Pack
from core.errors import DeclarationError


def content(pack: Pack) -> bytes:
    """Return the canonical bytes of a pack: JSON, sorted, in UTF-8."""
    return msgspec.json.encode(pack, order="sorted")


def hash_of(stored: bytes) -> str:
    """Return the hash bytes are kept under; of a pack's content it is the pack's own.

    >>> hash_of(b"")[:8]
    'e3b0c442'
    """
    return sha256(stored).hexdigest()


def restored(stored: bytes, named: str) -> Pack:
    """Read a pack back from its bytes.

    `named` is the hash it was kept under; what a judge adds after a `+` (rules switched on beside
    the pack) is not looked at.

    Raises:
        DeclarationError: the bytes are not those that were kept, or no pack of any version.
    """
    wanted = named.partition("+")[0]
    met = hash_of(stored)
    if met != wanted:
        raise DeclarationError(f"a pack of hash {met}", expected=wanted)
    try:
        return msgspec.json.decode(stored, type=Pack, strict=True)
    except msgspec.DecodeError as error:
        raise DeclarationError(f"the pack kept as {wanted}: {error}") from error
