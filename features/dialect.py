"""Our SQL for other engines. Way: pit -> here -> plan, Spark.

Written for DuckDB, carried over by sqlglot. One function it does not know by another name:
microseconds since 1970, `EPOCH_US` here and `UNIX_MICROS` in Spark.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from core.errors import DeclarationError

_RENAMED = {"spark": {"EPOCH_US": "UNIX_MICROS"}}


def in_dialect(select: str, dialect: str) -> str:
    r"""Return the SQL for another engine.

    >>> in_dialect("SELECT EPOCH_US(a) // 60 AS tile FROM t", "spark")
    'SELECT\n  UNIX_MICROS(a) DIV 60 AS tile\nFROM t'

    Raises:
        DeclarationError: sqlglot does not write this dialect.
    """
    if dialect == "duckdb":
        return select
    if dialect not in sqlglot.Dialect.classes:
        raise DeclarationError(
            f"no dialect {dialect!r}", expected=f"one of {sorted(sqlglot.Dialect.classes)}"
        )
    tree = sqlglot.parse_one(select, read="duckdb")
    for call in tree.find_all(exp.Anonymous):
        renamed = _RENAMED.get(dialect, {}).get(call.name.upper())
        if renamed is not None:
            call.set("this", renamed)
    return str(tree.sql(dialect=dialect, pretty=True))
