"""What retention refuses. Way: holds, running, proof -> here -> command line."""

from __future__ import annotations

from core.errors import EvenhandError


class RetentionError(EvenhandError):
    """A run or a hold that may not be so, or a proof that does not hold."""
