"""Packs from their files. Way: core/jurisdictions/*.yaml, an operator's folder -> here -> Pack."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import yaml

from core.compliance.pack import Pack
from core.errors import DeclarationError
from core.guard import repository_root

FOLDER = repository_root() / "core" / "jurisdictions"


def load(path: Path) -> Pack:
    """Read one pack.

    Raises:
        DeclarationError: it is no YAML, or not of the form of a pack; says where.
    """
    try:
        return msgspec.convert(yaml.safe_load(path.read_text()), Pack, strict=True)
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
