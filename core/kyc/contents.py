"""What is sealed of a record: document, check, declaration, person. Way: files, providers -> here.

Only what a listing needs stands in clear beside it (`Shown`): never a number, a name or a birthday.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from core.errors import SourceError

Kind = Literal["document", "check", "declaration", "person"]
Level = Literal["", "age", "basic", "full"]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Document(_Strict, frozen=True, kw_only=True):
    """A document: `issuer` an ISO 3166 country, `expires_on` the last good day or null."""

    type: Literal["passport", "id_card", "driving_licence", "address", "instrument", "funds"]
    issuer: str
    number: str = ""
    expires_on: date | None = None


class Check(_Strict, frozen=True, kw_only=True):
    """What somebody found about a player; `documents` are ids of what it rests on.

    `level` is what a passed check confirms. `born_on` and `name_key` go to the rules with it.
    """

    provider: str
    result: Literal["passed", "failed"]
    level: Level
    checked_at_us: int
    documents: tuple[str, ...] = ()
    born_on: date | None = None
    name_key: str | None = None
    reference: str = ""


class Declaration(_Strict, frozen=True, kw_only=True):
    """Where a player says his money is from; income of a year in minor units."""

    of: Literal["funds", "wealth"]
    source: str
    income_year_minor: int | None = None
    currency: str = ""
    documents: tuple[str, ...] = ()
    declared_on: date | None = None


class Person(_Strict, frozen=True, kw_only=True):
    """Who a player is, as far as verified; registers are asked about him by it. "" is unknown."""

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


Content = Document | Check | Declaration | Person
KINDS: dict[str, type[Document] | type[Check] | type[Declaration] | type[Person]] = {
    "document": Document, "check": Check, "declaration": Declaration, "person": Person,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in clear: sort, last good day, level confirmed, ids it rests on, when (UTC)."""

    kind: str
    what: str
    expires_on: str
    level: str
    links: tuple[str, ...]
    at_us: int


def content_of(kind: str, said: object) -> Content:
    """Read a content.

    Raises:
        SourceError: it is not of the kind's form; what stands in it is not repeated.
    """
    if kind not in KINDS:
        raise SourceError(f"a record of kind {kind}", expected=" or ".join(KINDS))
    try:
        return msgspec.convert(said, KINDS[kind])
    except msgspec.ValidationError as error:
        where = str(error).rpartition(" - at ")[2] if " - at " in str(error) else "its fields"
        names = ", ".join(KINDS[kind].__struct_fields__)
        raise SourceError(f"a {kind} that is none, at {where}", expected=names) from None


def shown(content: Content, put_us: int) -> Shown:
    """Return what of a content may be listed."""
    if isinstance(content, Document):
        day = content.expires_on.isoformat() if content.expires_on else ""
        return Shown("document", content.type, day, "", (), put_us)
    if isinstance(content, Check):
        level = content.level if content.result == "passed" else ""
        return Shown("check", content.result, "", level, content.documents, content.checked_at_us)
    if isinstance(content, Person):
        return Shown("person", "details", "", "", (), put_us)
    return Shown("declaration", content.of, "", "", content.documents, put_us)


def sealed_text(content: Content) -> bytes:
    """Return a content as it is sealed."""
    return msgspec.json.encode(content)


def content_in(kind: str, text: bytes) -> Content:
    """Return the content of an opened text."""
    found: Any = msgspec.json.decode(text, type=KINDS[kind])
    return found  # type: ignore[no-any-return]
