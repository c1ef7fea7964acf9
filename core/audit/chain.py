"""The arithmetic of a chain: each hash covers the one before. Way: bodies -> here -> append.

    hash = sha256(prev_hash ":" chain ":" seq ":" body)      in hex; the first prev_hash is 64 zeros

A body is an object and so begins with a brace: no two entries read the same. PostgreSQL does the
same sum in `audit_append` (postgres_function.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from core.audit.entry import Body, Entry, Head


def hash_of(prev_hash: str, chain: str, seq: int, body: str) -> str:
    """Return an entry's hash in hex; a text that is no Unicode has the hash of its stored bytes.

    >>> hash_of("0" * 64, "rg:GB", 1, "{}")[:16]
    '59d3836100fd14c8'
    """
    said = f"{prev_hash}:{chain}:{seq}:{body}"
    return sha256(said.encode("utf-8", "surrogateescape")).hexdigest()


def chained(head: Head, bodies: Iterable[Body]) -> Iterator[Entry]:
    """Yield the entries that bodies become after a head, in order.

    >>> first, second = chained(Head("rg:GB"), [Body("{}", 1), Body("{}", 2)])
    >>> first.seq, second.seq, second.prev_hash == first.hash
    (1, 2, True)
    """
    seq, link = head.seq, head.hash
    for body in bodies:
        seq, before = seq + 1, link
        link = hash_of(before, head.chain, seq, body.text)
        yield Entry(
            head.chain, seq, body.text, before, link,
            body.at_us, body.player, body.event, body.rule_id,
        )  # fmt: skip
