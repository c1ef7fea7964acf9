"""A process that appends and says what is committed, until it is killed.

`python -m tests.core.audit.append_until_killed URL FIRST [STATEMENT]`: one to four entries a
transaction to `rg:GB`, one to `access:GB` with every third; the numbers of its bodies rise from
FIRST, and each is printed once it is committed. With STATEMENT it kills itself once it has carried
out so many statements of SQL.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count

from sqlalchemy import Engine, event

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


def die_after(statement: int) -> None:
    """Kill this process, as a power cut would, once so many statements were carried out."""
    numbers = count(1)

    @event.listens_for(Engine, "after_cursor_execute")
    def _die(*_told: object) -> None:
        if next(numbers) == statement:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        die_after(int(sys.argv[3]))
    main(sys.argv[1], int(sys.argv[2]))
