"""Players' names towards a regulator. Way: a key per pack, players' ids -> here -> export, access.

A pseudonym is the first 128 bits of HMAC-SHA-256 of the player's id under the pack's key: the same
on every day within a jurisdiction, unrelated across jurisdictions, and not to be undone without the
key. The keys are a file that only its owner can read, `{"GB": "<64 hex digits>", ...}`.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from core.errors import NotReadyError

SETTING = "EVENHAND_PSEUDONYM_KEYS"


def pseudonym(key: bytes, player: str) -> str:
    """Return a player's pseudonym.

    >>> pseudonym(b"k" * 32, "p-1") == pseudonym(b"k" * 32, "p-1") != pseudonym(b"j" * 32, "p-1")
    True
    """
    return hmac.digest(key, player.encode(), "sha256").hex()[:32]


def key_file(environ: Mapping[str, str]) -> Path:
    """Return where the keys lie.

    Raises:
        NotReadyError: nobody says.
    """
    if not environ.get(SETTING):
        raise NotReadyError(f"{SETTING} is not set", hint="a file: `evenhand report key` makes one")
    return Path(environ[SETTING])


def key_of(path: Path, pack: str) -> bytes:
    """Return the key of a pack.

    Raises:
        NotReadyError: the file cannot be read, others can read it, or it has no key of the pack.
    """
    keys = _read(path)
    if path.stat().st_mode & 0o077:
        raise NotReadyError(f"{path} can be read by others", hint=f"chmod 600 {path}")
    if pack not in keys:
        raise NotReadyError(f"{path} has no key of {pack}", hint="`evenhand report key` makes one")
    try:
        found = bytes.fromhex(keys[pack])
    except ValueError as error:
        raise NotReadyError(f"the key of {pack} is no hex") from error
    if len(found) < 32:
        raise NotReadyError(f"the key of {pack} has {len(found)} bytes", expected="32 or more")
    return found


def make_key(path: Path, pack: str) -> None:
    """Add a key for a pack to the file; a key that is there is never replaced.

    Raises:
        NotReadyError: there is one, or the file cannot be read.
    """
    keys = _read(path) if path.exists() else {}
    if pack in keys:
        raise NotReadyError(f"{path} has a key of {pack}", hint="another key, other pseudonyms")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.next")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({**keys, pack: secrets.token_hex(32)}, file, indent=1, sort_keys=True)
    fresh.replace(path)


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise NotReadyError(f"{path} cannot be read as keys") from error
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise NotReadyError(f"{path} is no list of keys", expected='{"GB": "<hex>"}')
    return found
