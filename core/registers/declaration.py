"""What a register is to us. Way: core/registers/adapters/* -> here -> desk, sandbox.

The real ones are closed: their protocols are given to licensees only. A declaration holds what is
public of each (what it keeps, by what it knows a person), behind one neutral protocol of our own
(`core.registers.wire`); who has the real description writes the translation in front of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from core.compliance.parts import RegisterKind
from core.discover import declarations
from core.registers import adapters

Field = Literal[
    "first_name", "last_name", "born_on", "email", "phone", "street", "postcode", "city", "country",
    "national_id",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegisterDeclaration:
    """A register. `name` is its key in packs; `sends` what of a person it is told, and no more.

    `periods` are the frames a deposit limit is kept for, in `timezone` and `currency`; who must set
    one before he plays (`needs_limit`) is `missing` until then. `keeps` says in one line what it
    holds.
    """

    name: str
    title: str
    jurisdiction: str
    kind: RegisterKind
    sends: tuple[Field, ...]
    keeps: str
    periods: tuple[str, ...] = ()
    timezone: str = "UTC"
    currency: str = ""
    needs_limit: bool = False


@cache
def known_registers() -> Mapping[str, RegisterDeclaration]:
    """Return every declared register by its name."""
    return {one.name: one for one in declarations(adapters, RegisterDeclaration)}
