"""The keys of checkpoints: Ed25519, one that signs and a list of public ones that are believed.

Way: `evenhand log key` -> files -> here -> checkpoint, verify. The private key is a PEM file that
only its owner can read. The list is a file of JSON lines that only grows: what an old key signed
stays valid after a new one took its place. Keep the list where the database's owner cannot write.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from core.errors import NotReadyError

_MADE_BY = "make one: `evenhand log key`"


class PublicKey(msgspec.Struct, frozen=True):
    """A line of the list; the key in hex, made at `since_us` (UTC microseconds)."""

    key_id: str
    public_key: str
    since_us: int


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that signs."""

    key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> bytes:
        """The 32 bytes others check signatures with."""
        return self.key.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """Its name, from the public key."""
        return _id_of(self.public)

    def sign(self, text: bytes) -> str:
        """Return a signature in lower-case hex."""
        return self.key.sign(text).hex()


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """Keys that are believed, by their ids."""

    by_id: Mapping[str, Ed25519PublicKey]

    def __contains__(self, key_id: object) -> bool:
        return key_id in self.by_id

    def has_signed(self, key_id: str, text: bytes, signature: str) -> bool:
        """Say whether a signature is that of a text, and written as we write it."""
        try:
            raw = bytes.fromhex(signature)
            if raw.hex() != signature:  # upper case or blanks: a byte was changed all the same
                return False
            self.by_id[key_id].verify(raw, text)
        except (InvalidSignature, TypeError, ValueError):
            return False
        return True


NO_KEYS = PublicKeys({})


def make_key(private: Path, public: Path, at_us: int) -> SigningKey:
    """Make a key, private for its owner alone, and add it to the list of public ones.

    Raises:
        NotReadyError: the private file is there already.
    """
    key = SigningKey(Ed25519PrivateKey.generate())
    pem = key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise NotReadyError(
            f"{private} is there already", expected="a new file",
            hint="a key that has signed is kept; give the new one another name",
        ) from error  # fmt: skip
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    line = msgspec.json.encode(PublicKey(key.key_id, key.public.hex(), at_us))
    public.parent.mkdir(parents=True, exist_ok=True)
    with public.open("ab") as listed:
        listed.write(line + b"\n")
    return key


def signing_key(private: Path) -> SigningKey:
    """Read the key that signs.

    Raises:
        NotReadyError: there is none, others may read it, or it is none of Ed25519.
    """
    if not private.is_file():
        raise NotReadyError(f"no key at {private}", hint=_MADE_BY)
    if private.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NotReadyError(
            f"others may read {private}", expected="its owner alone", hint=f"chmod 600 {private}"
        )
    try:
        key = load_pem_private_key(private.read_bytes(), password=None)
    except (TypeError, ValueError) as error:
        raise NotReadyError(f"{private} is no private key in PEM", hint=_MADE_BY) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NotReadyError(f"{private} is a key of another kind", expected="Ed25519")
    return SigningKey(key)


def public_keys(listed: Path) -> PublicKeys:
    """Read the list of public keys; no file is an empty list.

    Raises:
        NotReadyError: a line is none of a key, or its id is not that of its key.
    """
    if not listed.is_file():
        return NO_KEYS
    found = {}
    for number, line in enumerate(listed.read_bytes().splitlines(), 1):
        try:
            said = msgspec.json.decode(line, type=PublicKey)
            raw = bytes.fromhex(said.public_key)
            key = Ed25519PublicKey.from_public_bytes(raw)
        except (msgspec.DecodeError, ValueError) as error:
            raise NotReadyError(f"{listed}:{number} is no public key: {error}") from error
        if _id_of(raw) != said.key_id:
            raise NotReadyError(f"{listed}:{number} gives {said.key_id} to the key {_id_of(raw)}")
        found[said.key_id] = key
    return PublicKeys(found)


def _id_of(public: bytes) -> str:
    return sha256(public).hexdigest()[:16]
