"""How somebody's own columns become facts, declared. Way: YAML or an adapter -> here -> SQL."""

from __future__ import annotations

import msgspec


class ColumnMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A declared map from the columns of a file to facts."""

    source: str
