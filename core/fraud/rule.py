"""How a rule of fraud is declared. Way: core/fraud/rules/*.py -> here -> watching, docs.

No law fixes these numbers: all are mark D, the operator's to set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from core.discover import declarations
from core.errors import DeclarationError
from core.fraud import rules as folder
from core.fraud.deeds import Deed
from core.fraud.graph import Graph, Link
from core.fraud.window import Window


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a rule's parameters. `_minor` is base currency, terms are exact such as PT10M."""


class Figure(msgspec.Struct, frozen=True):
    """A number that was judged, beside the bound it met; both as text."""

    name: str
    value: str
    bound: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern seen from `since_us` to `until_us` (UTC microseconds), both included.

    `key` tells patterns of one rule and player apart. `facts` are ids of events, `links` what binds
    the players. While it goes on, the same is no news for `again_us` after `until_us`.
    """

    since_us: int
    until_us: int
    said: str
    figures: tuple[Figure, ...]
    facts: tuple[str, ...]
    others: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    key: str = ""
    again_us: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """The deed just taken in, the player's window, everybody's windows, and the graph."""

    deed: Deed
    window: Window
    windows: dict[str, Window]
    graph: Graph

    def links(self) -> list[Link]:
        """Return the player's ties to others."""
        return self.graph.links(self.deed.player)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A pattern. `look` is pure: what it yields ends at the scene's deed.

    It is asked at deeds of `asked_at` kinds. `lacks` says what facts do not carry, so that it is
    not computed. `version` changes with what it means.
    """

    id: str
    title: str
    why: str
    source: str
    parameters: type[Parameters]
    asked_at: frozenset[str]
    look: Callable[[Scene, Any], Iterable[Evidence]]
    lacks: str = ""
    version: int = 1


@cache
def known_rules() -> dict[str, Rule]:
    """Return every rule by its id.

    Raises:
        DeclarationError: two bear one id.
    """
    found: dict[str, Rule] = {}
    for one in declarations(folder, Rule):
        if one.id in found:
            raise DeclarationError(f"two rules {one.id}", expected="each id once")
        found[one.id] = one
    return dict(sorted(found.items()))


def parameters_of(rule: Rule, said: dict[str, Any]) -> Parameters:
    """Return a rule's parameters: the defaults, but for what an operator said.

    Raises:
        DeclarationError: a name or a value is none of this rule's.
    """
    try:
        return msgspec.convert(said, rule.parameters, strict=True)
    except msgspec.ValidationError as error:
        raise DeclarationError(
            f"parameters of {rule.id}: {error}",
            expected=", ".join(rule.parameters.__struct_fields__),
        ) from error


def ids(deeds: Iterable[Deed]) -> tuple[str, ...]:
    """Return the events' ids in order of time."""
    return tuple(one.id for one in sorted(deeds, key=lambda d: (d.at_us, d.id)))
