"""How a typology is declared. Way: core/aml/typologies/*.py -> here -> watching, docs.

No law fixes the numbers but where a pack's row is named: parameters are the operator's to set
(mark D), in the policy of a jurisdiction or in his own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec

from core.aml import typologies as folder
from core.aml.evidence import Evidence
from core.aml.facts import Scene
from core.discover import declarations
from core.errors import DeclarationError

Kind = Literal["deposit", "withdrawal", "declined", "stake", "undone", "income", "mismatch"]


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a typology's parameters. Amounts are decimal text of the pack's whole currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typology:
    """A pattern.

    `look` is pure and returns the patterns to be seen in a scene, the earliest first. It is asked
    when a fact of one of `asked_at` has come in, and may look back `reach` (an exact term, such as
    P30D) before the newest fact; older facts may be gone. It sees who the player is linked
    to if it `is_linked`, and stakes only if it
    `reads_stakes`. `version` changes with what it means.
    """

    id: str
    title: str
    says: str
    sources: tuple[str, ...]
    parameters: type[Parameters]
    asked_at: frozenset[Kind]
    reach: Callable[[Any], str]
    look: Callable[[Scene, Any], Iterable[Evidence]]
    is_linked: bool = False
    reads_stakes: bool = False
    version: int = 1


@cache
def known_typologies() -> dict[str, Typology]:
    """Return every typology by its id.

    Raises:
        DeclarationError: two bear one id.
    """
    found: dict[str, Typology] = {}
    for one in declarations(folder, Typology):
        if one.id in found:
            raise DeclarationError(f"two typologies {one.id}", expected="each id once")
        found[one.id] = one
    return found


def parameters_of(typology: Typology, said: dict[str, Any]) -> Parameters:
    """Return parameters: the defaults, but for what an operator said.

    Raises:
        DeclarationError: a name or a value is none of this typology's.
    """
    try:
        return msgspec.convert(said, typology.parameters, strict=True)
    except msgspec.ValidationError as error:
        raise DeclarationError(f"parameters of {typology.id}: {error}") from error
