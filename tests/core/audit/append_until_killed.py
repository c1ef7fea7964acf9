"""A process that appends and says what is committed, until it is killed.

`python -m tests.core.audit.append_until_killed URL FIRST`: one to four entries a transaction to
`rg:GB`, one to `access:GB` with every third; the numbers of its bodies rise from FIRST, and each is
printed once it is committed.
"""

from __future__ import annotations

import sys

from core.audit.append import append_all
from core.audit.entry import body_of
from core.audit.opening import appending
from core.audit.postgres_function import argument_of
from tests.core.audit.logs import body


def main(url: str, first: int) -> None:
    """Append until killed; in PostgreSQL every other transaction by the database's own function."""
    number, turn = first, 0
    while True:
        many = turn % 4 + 1
        said = {"rg:GB": [body_of(body(number + n)) for n in range(many)]}
        if turn % 3 == 0:
            said["access:GB"] = [body_of(body(number))]
        with appending(url) as connection:
            if turn % 2 and connection.dialect.name == "postgresql":
                asked = argument_of(said).decode()
                connection.exec_driver_sql("SELECT audit_append(%s)", (asked,))
            else:
                append_all(connection, said)
        for committed in range(number, number + many):
            sys.stdout.write(f"{committed}\n")
        sys.stdout.flush()
        number, turn = number + many, turn + 1


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
