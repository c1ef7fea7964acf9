"""What all rows of the ledger's tables have in common. Way: row -> rows, rule_rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar

import msgspec

Key = tuple[Any, ...]


class Row(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Base of all rows; `table` is its table, `key_columns` what finds it.

    In JSON, which goes to and from PostgreSQL, a row is an array of its fields.
    """

    table: ClassVar[str]
    key_columns: ClassVar[tuple[str, ...]]
    is_appended: ClassVar[bool] = False

    @property
    def key(self) -> Key:
        """What finds the row in its table."""
        return key_reader(type(self))(self)


@cache
def key_reader(kind: type[Row]) -> Callable[[Row], Key]:
    """Return what reads the key of rows of a kind."""
    read = attrgetter(*kind.key_columns)
    return read if len(kind.key_columns) > 1 else lambda row: (read(row),)
