"""What the state wants to know of one fact, as integers. Way: layout says it -> decoders fill it.

Every cell is an int64; null is `NULL`. Text never reaches the state: a condition needs only which
of a few words it is (`code`), a distinct count only its bucket (`bucket`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from core.errors import DeclarationError

NULL = -(2**63)
Kind = Literal["integer", "flag", "code", "bucket"]


@dataclass(frozen=True, slots=True)
class Input:
    """One column of a fact and how it becomes an integer.

    integer   the number itself
    flag      0 or 1
    code      place of the text in `codes`, -1 for any other
    bucket    first four hex digits of the text's md5, as features.fold_sql has it
    """

    column: str
    kind: Kind
    codes: tuple[str, ...] = ()

    def encode(self, value: object) -> int:
        """Return the cell of a value; null is `NULL`.

        >>> Input("method", "code", ("card", "e_wallet")).encode("e_wallet")
        1

        Raises:
            DeclarationError: the value is not of the column's kind.
        """
        if value is None:
            return NULL
        if self.kind == "code":
            text = str(value)
            return self.codes.index(text) if text in self.codes else -1
        if self.kind == "bucket":
            digest = hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest()
            return int(digest[:4], 16)
        if not isinstance(value, int):
            raise DeclarationError(f"{self.column} is {value!r}", expected="a whole number")
        return int(value)


@dataclass(frozen=True, slots=True)
class Link:
    """A column of a fact that ties the player to a key, and the view that counts it."""

    view: str
    column: str
