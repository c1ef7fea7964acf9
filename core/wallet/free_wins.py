"""What free spins win. Way: a provider's setting `free_win` -> here -> adapters.

free_win: real              # the default
free_win: bonus:welcome     # a bonus by the terms of this code
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.bonuses.terms import known_terms
from core.errors import DeclarationError

REAL, BONUS = "real", "bonus:"


def free_win_of(provider: str, settings: Mapping[str, Any]) -> str:
    """Return the code of the bonus that free spins win, "" for real money.

    Raises:
        DeclarationError: the setting is neither, or there is no such code.
    """
    said = str(settings.get("free_win", REAL))
    if said == REAL:
        return ""
    code = said.removeprefix(BONUS)
    if not said.startswith(BONUS) or code not in known_terms():
        known = " or ".join(f"{BONUS}{code}" for code in sorted(known_terms()))
        raise DeclarationError(
            f"provider {provider}: free_win is {said!r}", expected=f"{REAL} or {known}"
        )
    return code
