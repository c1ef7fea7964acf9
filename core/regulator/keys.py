"""Who may read what. Way: a file of credentials -> here -> access.

Keys are long and random and known by their SHA-256 only; each has the packs it reads, and its last
day. The file is `[{"label": ..., "digest": ..., "packs": ["GB"], "until": "2027-01-01"}]`.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from datetime import date
from pathlib import Path

import msgspec

from core.errors import NotReadyError


class Credential(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One key; it is valid on the day `until` (UTC) and not after."""

    label: str
    digest: str
    packs: tuple[str, ...]
    until: date


def digest_of(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def credential_of(key: str, known: tuple[Credential, ...], today: date) -> Credential | None:
    """Return a key's credential, null if it has none or is over; compares all, each in one time."""
    digest, found = digest_of(key), None
    for one in known:
        if hmac.compare_digest(one.digest, digest) and today <= one.until:
            found = one
    return found


def read_credentials(path: Path) -> tuple[Credential, ...]:
    """Read the file; one that is not there has none.

    Raises:
        NotReadyError: it cannot be read, or others can write it.
    """
    if not path.exists():
        return ()
    if path.stat().st_mode & 0o022:
        raise NotReadyError(f"{path} can be written by others", hint=f"chmod 600 {path}")
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Credential, ...], strict=True)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotReadyError(f"{path} is no list of credentials: {error}") from error


def give_key(path: Path, label: str, packs: tuple[str, ...], until: date) -> str:
    """Add a credential; return its key, which is shown once and kept nowhere.

    Raises:
        NotReadyError: as `read_credentials`, or it would read nothing.
    """
    if not packs or not label.strip():
        raise NotReadyError("a key without a pack or a label", hint="--pack GB --label name")
    key = secrets.token_urlsafe(32)
    known = (*read_credentials(path), Credential(label, digest_of(key), packs, until))
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.next")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(known), indent=1))
    fresh.replace(path)
    return key
