"""Who may ask what. Way: request header -> here -> every answer is made for one scope.

`crm` is for those who market: it sees value and churn, or a neutral `suppressed`. `risk` is for
those who protect: it sees harm and fraud, and why the gate shut.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

HEADER = "x-api-key"


class Scope(StrEnum):
    """What a caller is for."""

    CRM = "crm"
    RISK = "risk"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key known by its SHA-256 only. Keys are long and random, so no slow hash is needed."""

    scope: Scope
    digest: str


def digest_of(key: str) -> str:
    """Return what to configure for a key.

    >>> digest_of("open sesame")[:8]
    '41ef4bb0'
    """
    return hashlib.sha256(key.encode()).hexdigest()


def scope_of(key: str, known: Sequence[ApiKey]) -> Scope | None:
    """Return the scope of a key, or None; every known key is compared, in constant time each."""
    digest, found = digest_of(key), None
    for candidate in known:
        if hmac.compare_digest(candidate.digest, digest):
            found = candidate.scope
    return found
