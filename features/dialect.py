"""Our SQL for other engines. Way: pit -> here -> plan, Spark.

Written for DuckDB, carried over by sqlglot, but for what it leaves as it is:

    EPOCH_US    microseconds since 1970 are `UNIX_MICROS` in Spark
    a << b      Spark's strict mode wants the places as an INT; which of 63 bits always fits

Integer division needs no care: `//` and `DIV` both cut towards zero, and instants are not negative.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from core.errors import DeclarationError

_RENAMED = {"spark": {"EPOCH_US": "UNIX_MICROS"}}


def in_dialect(select: str, dialect: str) -> str:
    r"""Return a SELECT, or one expression, for another engine.

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
    for shift in tree.find_all(exp.BitwiseLeftShift) if dialect == "spark" else ():
        shift.set("expression", exp.cast(shift.expression, exp.DataType.Type.INT))
    return str(tree.sql(dialect=dialect, pretty=True))
