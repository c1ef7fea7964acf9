"""Packs from their files. Way: core/jurisdictions/*.yaml, an operator's folder -> here -> Pack."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import yaml

from core.compliance.overlaid import overlaid
from core.compliance.overlay import Overlay
from core.compliance.pack import Pack
from core.errors import DeclarationError
from core.guard import repository_root

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C where there is one: seven times as fast."""
FOLDER = repository_root() / "core" / "jurisdictions"


def load(path: Path) -> Pack:
    """Read one pack.

    Raises:
        DeclarationError: it is no YAML, or not of the form of a pack; says where.
    """
    try:
        said = yaml.load(path.read_text(), Loader=_LOADER)  # noqa: S506 - both loaders are safe
        return msgspec.convert(said, Pack, strict=True)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise DeclarationError(
            f"pack {path.name}: {error}", hint="evenhand packs lint says what a pack holds"
        ) from error


@cache
def packs(folder: Path = FOLDER) -> dict[str, Pack]:
    """Return every pack of a folder by its id.

    Raises:
        DeclarationError: as `load`, or a file does not bear its pack's name.
    """
    found: dict[str, Pack] = {}
    for path in sorted(folder.glob("*.yaml")):
        pack = load(path)
        if path.stem != pack.pack:
            raise DeclarationError(f"pack {pack.pack} in {path.name}", expected=f"{pack.pack}.yaml")
        found[pack.pack] = pack
    return found


def overlays(path: Path) -> list[Overlay]:
    """Read an operator's file: one overlay, or several parted by `---`, each of another pack.

    Raises:
        DeclarationError: it is no YAML, not of the form of overlays, or has two of one pack.
    """
    try:
        said = [part for part in yaml.safe_load_all(path.read_text()) if part is not None]
        found = msgspec.convert(said, list[Overlay], strict=True)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise DeclarationError(
            f"overlay {path.name}: {error}", hint="docs/packs.md says what an overlay holds"
        ) from error
    if len({one.pack for one in found}) < len(found):
        raise DeclarationError(f"overlay {path.name}", expected="one overlay of each pack")
    return found


def packs_with(overlay: Path | None = None, folder: Path = FOLDER) -> dict[str, Pack]:
    """Return every pack by its id, as the operator has it; without an overlay as it ships.

    Raises:
        DeclarationError: as `packs` and `overlays`, or the overlay changes what it may not.
    """
    found = dict(packs(folder))
    for one in overlays(overlay) if overlay is not None else ():
        if one.pack not in found:
            raise DeclarationError(f"an overlay of {one.pack}", expected=f"one of {sorted(found)}")
        found[one.pack] = overlaid(found[one.pack], one)
    return found
