"""What the vault refuses. Way: keys, seal, vault -> here -> command line."""

from __future__ import annotations

from core.errors import EvenhandError


class SealError(EvenhandError):
    """What is sealed does not open: another key, another row, or a byte was changed."""


class VaultError(EvenhandError):
    """A record that is not there, is destroyed, or may not be kept or read so."""
