"""Who a register is asked about. Way: account system -> here -> the wire, and nowhere else.

A person's details are sent to the register they are asked of, as far as its declaration says, and
are in no log, error or entry: what is printed of an identity is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from core.compliance.names import normalised

_NAMES = frozenset({"first_name", "last_name", "street", "city"})


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's verified details; "" where unknown. `born_on` is ISO 8601.

    >>> Identity(last_name="Muster", born_on="1990-05-01")
    Identity(...)
    """

    first_name: str = ""
    last_name: str = ""
    born_on: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    national_id: str = ""

    def __repr__(self) -> str:
        return "Identity(...)"

    def only(self, fields: Sequence[str]) -> dict[str, str]:
        """Return some of the details, as they are sent."""
        return {field: getattr(self, field) for field in fields}


def missing_of(identity: Identity, fields: Sequence[str]) -> tuple[str, ...]:
    """Return the names of details a register needs and nobody knows.

    >>> missing_of(Identity(last_name="Muster"), ("last_name", "born_on"))
    ('born_on',)
    """
    return tuple(field for field in fields if not getattr(identity, field).strip())


def proof(query_id: str, subject: Mapping[str, str]) -> str:
    """Return what a register shows it answered of this person, in this query.

    >>> subject = {"last_name": "Muster"}
    >>> proof("q-1", subject) == proof("q-2", subject)
    False
    """
    said = msgspec.json.encode(subject, order="sorted")
    return sha256(query_id.encode() + b"\n" + said).hexdigest()


def person_key(subject: Mapping[str, str]) -> str:
    """Return one key for the spellings of one person.

    >>> person_key({"last_name": "MÜLLER"}) == person_key({"last_name": "Mueller "})
    True
    """
    plain = {name: _plain(name, value) for name, value in subject.items()}
    return sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _plain(name: str, value: str) -> str:
    if name in _NAMES:
        return normalised(value)
    return "".join(letter for letter in value.casefold() if letter.isalnum() or letter in "@+.")
