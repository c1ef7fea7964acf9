"""What an adapter is: a provider's protocol in one file. Way: app -> here -> core/providers/*.

A handler turns a request into a call of the ledger, with the words for every outcome, or into a
reply when the request is none. It checks who asks before it reads what is asked, on the raw bytes;
it ignores fields it does not know; and it never mixes up a refusal that is final with one after
which the provider should ask again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol, runtime_checkable

from core.ledger.ledger import Asked, Reply
from core.ledger.rows import GameSession

RawHeaders = Sequence[tuple[bytes, bytes]]


class Headers(Mapping[str, str]):
    """Headers by name in lower case, read when asked for: of many a handler wants one or none."""

    __slots__ = ("_raw",)

    def __init__(self, raw: RawHeaders) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        wanted = name.encode("latin-1", "replace")
        for met, value in reversed(self._raw):
            if met == wanted:
                return value.decode("latin-1")
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.decode("latin-1") for name, _ in self._raw))

    def __len__(self) -> int:
        return len({name for name, _ in self._raw})


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; `path` below the provider's own, header names in lower case.

    `at_us` is when it came (UTC microseconds), `trace_id` follows it everywhere.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at_us: int
    trace_id: str

    @property
    def hash(self) -> str:
        """What tells this request from every other: a hash of its path and body."""
        return sha256(self.path.encode() + b"\n" + self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as the operator has set it up.

    `name` is the one in the ledger and in the address; `secrets` by the adapter's own names;
    `new_session` returns a fresh name nobody can guess; `find_session` the row of a session by its
    name, as it was lately: player, currency and game of a session never change, its state may.
    """

    name: str
    secrets: Mapping[str, str]
    new_session: Callable[[], str]
    find_session: Callable[[str], GameSession | None]
    settings: Mapping[str, Any] = field(default_factory=dict)


class Handler(Protocol):
    """A protocol at work for one provider."""

    @property
    def looks_up(self) -> bool:
        """Whether `asked` may wait for the ledger, to learn whose a session is."""
        ...

    def asked(self, request: Request) -> Asked | Reply:
        """Return what to ask the ledger, or the reply to a request that is refused at once."""
        ...

    def failed(self, request: Request) -> Reply:
        """Return the reply after which the provider asks again; nothing is known to be done."""
        ...


@runtime_checkable
class RefusesLarge(Protocol):
    """A handler whose protocol has words for a body too large; others get a plain HTTP 413."""

    def too_large(self) -> Reply:
        """Return the refusal of a body that was not read to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Adapter:
    """A declared protocol: its name, the secrets it needs, and how it is made for a provider."""

    name: str
    secrets: tuple[str, ...]
    made: Callable[[Provider], Handler]
