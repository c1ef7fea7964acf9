"""Registers that know nothing against a player. Way: here -> standings of cases, tests, demo.

Where registers are not what is looked at, every register of the pack has answered: nobody is
listed, no deposit anywhere, no play elsewhere. The answers bear an instant far ahead, so that they
never grow old; a real register's answer replaces them.
"""

from __future__ import annotations

from collections.abc import Collection

from core.compliance.pack import Pack
from core.compliance.standing import RegisterState

ALWAYS_US = 4_102_444_800_000_000
"""The first instant of 2100, UTC."""
LIMIT = 10**15
"""A thousand millions of whole currency: a limit nobody meets."""


def quiet_registers(pack: Pack, spoken_of: Collection[str] = ()) -> dict[str, RegisterState]:
    """Return what a standing says if each of a pack's registers, but those named, is quiet."""
    return {
        name: _quiet(register.kind)
        for name, register in pack.registers.items()
        if name not in spoken_of
    }


def _quiet(kind: str) -> RegisterState:
    match kind:
        case "deposit_limit":
            return RegisterState(
                status="clear", at_us=ALWAYS_US, used=0, limit=LIMIT, good_us=ALWAYS_US,
                good_status="clear",
            )  # fmt: skip
        case "activity":
            status = "free"
        case _:
            status = "clear"
    return RegisterState(status=status, at_us=ALWAYS_US, good_us=ALWAYS_US, good_status=status)
