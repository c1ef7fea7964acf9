"""Finds declarations: one function for facts, views, cards, rules and adapters.

A declaration is found because its file lies in the folder; importing registers nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

from core.errors import DeclarationError

T = TypeVar("T")


def modules_in(package: ModuleType) -> list[ModuleType]:
    """Return the modules lying directly in a package, sorted by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def declarations(package: ModuleType, kind: type[T]) -> Iterator[T]:
    """Yield the one module-level instance of `kind` of every module in `package`.

    Raises:
        DeclarationError: a module holds none, or more than one.
    """
    for module in modules_in(package):
        found = [value for value in vars(module).values() if isinstance(value, kind)]
        if len(found) != 1:
            raise DeclarationError(
                f"{module.__name__} holds {len(found)} declarations of {kind.__name__}",
                expected="exactly one",
                hint="give each its own file; keep shared parts in a module outside the folder",
            )
        yield found[0]
