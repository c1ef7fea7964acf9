"""The key ring of a region: keys that wrap the keys of records. Way: key_file -> here -> seal.

A file of JSON lines that only its owner can read. The last key wraps what is new; older ones only
open. It belongs on another disc, and in another backup, than the database.
"""

from __future__ import annotations

import os
import secrets
import stat
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from core.errors import NotReadyError

KEY_BYTES = 32
_HINT = "make one: `evenhand kyc keys --region REGION --new`"


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key_id: str
    key: str
    since_us: int


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id, oldest first; `current` names the last, `since_us` says when each was made."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)
    since_us: Mapping[str, int] = field(default_factory=dict)


def key_ring(path: Path) -> KeyRing:
    """Read a ring.

    Raises:
        NotReadyError: there is none, others may read it, or a line is none of a key.
    """
    lines = _lines(path)
    if not lines:
        raise NotReadyError(f"no key ring at {path}", hint=_HINT)
    keys = {one.key_id: b64decode(one.key) for one in lines}
    return KeyRing(lines[-1].key_id, keys, {one.key_id: one.since_us for one in lines})


def add_key(path: Path, at_us: int) -> str:
    """Add a new key, which is the current one from now on; return its id."""
    key = secrets.token_bytes(KEY_BYTES)
    line = _Line(_id_of(key), b64encode(key).decode(), at_us)
    _replace(path, [*_lines(path), line])
    return line.key_id


def drop_key(path: Path, key_id: str) -> None:
    """Take a key out of the ring; what it wrapped never opens again. Gone already is well.

    Raises:
        NotReadyError: it is the current one.
    """
    lines = _lines(path)
    if lines and lines[-1].key_id == key_id:
        raise NotReadyError(f"key {key_id} is the current one", expected="an older one", hint=_HINT)
    _replace(path, [one for one in lines if one.key_id != key_id])


def _lines(path: Path) -> list[_Line]:
    if not path.is_file():
        return []
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NotReadyError(
            f"others may read {path}", expected="its owner alone", hint=f"chmod 600 {path}"
        )
    found = []
    for number, text in enumerate(path.read_bytes().splitlines(), 1):
        try:
            line = msgspec.json.decode(text, type=_Line)
            key = b64decode(line.key, validate=True)
        except (msgspec.DecodeError, ValueError):  # what stands there is not shown: it is a key
            raise NotReadyError(f"{path}:{number} is no line of a key ring", hint=_HINT) from None
        if len(key) != KEY_BYTES or _id_of(key) != line.key_id:
            raise NotReadyError(f"{path}:{number}: a key that is not the one it is called")
        found.append(line)
    return found


def _replace(path: Path, lines: list[_Line]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.next")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(msgspec.json.encode(line) + b"\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _id_of(key: bytes) -> str:
    return sha256(b"evenhand kyc key\n" + key).hexdigest()[:16]
