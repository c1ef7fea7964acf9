"""Which feature views there are. Way: features/views -> here -> SQL, Feast, models, docs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import ModuleType

from core.discover import modules_in
from core.errors import DeclarationError
from features import views as views_folder
from features.spec import FeatureView, SessionView, SharedIdentityView, View, names_of


@cache
def all_views() -> tuple[View, ...]:
    """Return every view of the folder, sorted by file name; names are unique across views."""
    return views_in(views_folder)


def views_in(package: ModuleType) -> tuple[View, ...]:
    """Return the one view of every module of a package.

    Raises:
        DeclarationError: a module holds none or several, or two views share a name.
    """
    found = tuple(_only_view(module) for module in modules_in(package))
    names = [view.name for view in found] + feature_names(found)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DeclarationError(f"names declared twice: {twice}", expected="each name once")
    return found


def feature_names(views: Iterable[View]) -> list[str]:
    """Return the feature names of views, in their order."""
    return [name for view in views for name in names_of(view)]


def views_named(names: Iterable[str]) -> tuple[View, ...]:
    """Return views by name, in the order asked.

    Raises:
        DeclarationError: there is no such view.
    """
    known = {view.name: view for view in all_views()}
    asked = list(names)
    missing = [name for name in asked if name not in known]
    if missing:
        raise DeclarationError(f"no view named {missing}", expected=f"one of {sorted(known)}")
    return tuple(known[name] for name in asked)


def _only_view(module: ModuleType) -> View:
    kinds = (FeatureView, SessionView, SharedIdentityView)
    found = [value for value in vars(module).values() if isinstance(value, kinds)]
    if len(found) != 1:
        raise DeclarationError(
            f"{module.__name__} holds {len(found)} views",
            expected="exactly one",
            hint="one file = one view; shared conditions go to a module outside the folder",
        )
    return found[0]
