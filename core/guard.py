"""Do our top-level import names mean our packages? Way: asked at service start and by the tests.

Another distribution may ship a package called `models`; which of the two an import finds then
depends on how the program was started. A service that scores people must not leave that to chance.
"""

from __future__ import annotations

from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from core.errors import NotReadyError

PACKAGES = ("core", "features", "models", "pipelines", "serving", "benchmarks")


def check_layout(root: Path) -> None:
    """Refuse to go on when a top-level package resolves outside `root`.

    Raises:
        NotReadyError: a name is missing, or another distribution's package answers to it.
    """
    for name in PACKAGES:
        origin = _origin(name)
        if origin is None or root.resolve() not in origin.parents:
            raise NotReadyError(
                f"package {name} resolves to {origin}",
                expected=f"a package under {root}",
                hint="uninstall the distribution that ships it, or use an environment of its own",
            )


def repository_root() -> Path:
    """Return the folder that holds this very file's package.

    >>> (repository_root() / "core" / "guard.py").is_file()
    True
    """
    return Path(__file__).resolve().parents[1]


def _origin(name: str) -> Path | None:
    spec = find_spec(name) or PathFinder.find_spec(name)
    return None if spec is None or spec.origin is None else Path(spec.origin).resolve()
