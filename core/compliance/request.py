"""What the compliance desk can be asked or told. Way: wallet, account, CRM -> here -> judge.

A request is a wish to do something, or word of something that happened to a player, at an instant.
Families of requests lie in `core.compliance.requests`; each class names its kind by its `tag`.
Amounts are ledger units (`core.ledger.units`), instants UTC microseconds.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, Union

import msgspec

from core.compliance import requests
from core.discover import modules_in
from core.errors import DeclarationError


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """Base of all. `request_id` makes it known: asked again it is answered as it was.

    `actor` is who wishes or acts: the player, a member of staff (then `staff_id`), the system or a
    register. `is_wish` says whether it can be refused; what happened is only written down.
    """

    is_wish: ClassVar[bool] = True
    at_us: int
    request_id: str = ""
    actor: str = "player"
    staff_id: str = ""

    @property
    def kind(self) -> str:
        """The name of its kind."""
        return str(self.__struct_config__.tag)


@cache
def request_types() -> dict[str, type[Request]]:
    """Return every declared request by its kind.

    Raises:
        DeclarationError: two share a kind, or one names none.
    """
    found: dict[str, type[Request]] = {}
    for module in modules_in(requests):
        for value in vars(module).values():
            if not _is_concrete(value, module.__name__):
                continue
            kind = value.__struct_config__.tag
            if not isinstance(kind, str) or kind in found:
                raise DeclarationError(f"request {value.__name__} of kind {kind}", expected="a new")
            found[kind] = value
    return dict(sorted(found.items()))


@cache
def any_request() -> Any:
    """Return the type that decodes any request by its kind."""
    return Union[tuple(request_types().values())]  # noqa: UP007 - made at run time


def _is_concrete(value: Any, module_name: str) -> bool:
    if not (isinstance(value, type) and issubclass(value, Request)):
        return False
    request: type[Request] = value
    return request.__module__ == module_name and request.__struct_config__.tag is not None
