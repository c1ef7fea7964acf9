"""A process of its own in which many threads read a type of JSON that nobody has met.

`python -m tests.core.first_asked_by_many`, started by test_typed_json: what goes wrong takes the
whole process down.
"""

from __future__ import annotations

import sys
import threading
from types import GenericAlias
from typing import Any

import msgspec

from core.typed_json import reader_of

THREADS, KINDS, PARTS = 8, 100, 12
_BODY = b'{"p0":[{"f":{"a":[1,null]}}],"p11":[{"f":{"b":[2]}}]}'


def new_kind(number: int) -> Any:
    """Return a struct of structs nobody has met; their annotations are text, as ours are."""
    empty: Any = msgspec.field(default_factory=dict)
    none: Any = msgspec.field(default_factory=list)
    known, parts = {"__module__": "builtins"}, dict[str, Any]()
    for place in range(PARTS):
        name = f"Part{number}x{place}"
        parts[f"p{place}"] = msgspec.defstruct(
            name, [("f", "dict[str, list[int | None]]", empty)], namespace=known
        )
    return msgspec.defstruct(
        f"Whole{number}",
        [(name, GenericAlias(list, (part,)), none) for name, part in parts.items()],
    )


def read_at_once(kind: Any) -> None:
    """Let threads read one body at one moment; pass on what any of them met."""
    gate, failures = threading.Barrier(THREADS), list[Exception]()

    def read() -> None:
        gate.wait()
        try:
            reader_of(kind).decode(_BODY)
        except Exception as error:  # noqa: BLE001 - passed on below
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure


if __name__ == "__main__":
    sys.setswitchinterval(1e-6)
    for number in range(KINDS):
        read_at_once(new_kind(number))
