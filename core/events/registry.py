"""Which fact types there are, by name. Way: families -> here -> codec, landing, sources."""

from __future__ import annotations

import re
from functools import cache

from core.discover import modules_in
from core.errors import DeclarationError
from core.events import families
from core.events.fact import Fact

TYPE_PREFIX = "io.evenhand"


def fact_name(fact: type[Fact]) -> str:
    """Return the snake-case name of a fact: its warehouse table and the last part of its type.

    >>> from core.events.families.payment import DepositApproved
    >>> fact_name(DepositApproved)
    'deposit_approved'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", fact.__name__).lower()


def event_type(fact: type[Fact]) -> str:
    """Return the CloudEvents `type` of a fact.

    >>> from core.events.families.payment import DepositApproved
    >>> event_type(DepositApproved)
    'io.evenhand.payment.deposit_approved.v1'
    """
    return f"{TYPE_PREFIX}.{fact.family}.{fact_name(fact)}.v{fact.version}"


@cache
def facts() -> dict[str, type[Fact]]:
    """Return every concrete fact by name, sorted; a class without its own `family` is a base."""
    found: dict[str, type[Fact]] = {}
    for module in modules_in(families):
        for value in vars(module).values():
            if not _is_concrete(value, module.__name__):
                continue
            name = fact_name(value)
            if name in found:
                raise DeclarationError(f"fact {name} is declared twice", expected="one class")
            found[name] = value
    return dict(sorted(found.items()))


@cache
def facts_by_type() -> dict[str, type[Fact]]:
    """Return every concrete fact by its CloudEvents `type`."""
    return {event_type(fact): fact for fact in facts().values()}


def _is_concrete(value: object, module_name: str) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, Fact)
        and value.__module__ == module_name
        and "family" in vars(value)
    )
