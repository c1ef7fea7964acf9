"""Where a jurisdiction's records of identity lie. Way: pack.region, a file -> here -> vault.

The file names for each region a database, a folder and a key ring:

    NL:
      kyc_url: postgresql://kyc@db.nl.example/kyc
      bucket: file:///srv/kyc/nl
      key_file: /etc/evenhand/kyc-nl.keys

A pack whose region is not in it is refused. Two regions meet in one database, folder or ring only
if both say so with `meets: [the other]`, and then a warning says it wherever they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import msgspec
import yaml
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.errors import DeclarationError, NotReadyError

SETTING = "EVENHAND_REGIONS"
_PORT = 5432


class Located(Protocol):
    """What is asked of a pack."""

    @property
    def pack(self) -> str:
        """Its id."""
        ...

    @property
    def region(self) -> str:
        """Where its data must stay."""
        ...


class _Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kyc_url: str
    bucket: str
    key_file: str
    meets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """A region: its database, its folder of sealed documents, its key ring, who it meets there."""

    name: str
    kyc_url: str
    bucket: Path
    key_file: Path
    meets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Residency:
    """All regions of an operator, by name."""

    regions: Mapping[str, Region]

    def region_of(self, pack: Located) -> Region:
        """Return where a pack's records lie.

        Raises:
            NotReadyError: the pack's region is not configured.
        """
        found = self.regions.get(pack.region)
        if found is None:
            raise NotReadyError(
                f"region {pack.region} of pack {pack.pack} is not configured",
                expected=f"one of {', '.join(sorted(self.regions)) or 'no regions at all'}",
                hint=f"name its database, bucket and key ring in the file {SETTING} points to",
            )
        return found

    def warnings(self) -> list[str]:
        """Return a line for every two regions that meet, as the file allows."""
        pairs = combinations(sorted(self.regions), 2)
        return [
            f"{one} and {two} share a {what}: the file says they may"
            for one, two in pairs
            for what in _shared(self.regions[one], self.regions[two])
        ]


def residency_in(environ: Mapping[str, str]) -> Residency:
    """Read the file an environment names.

    Raises:
        NotReadyError: none is named, or it cannot be read.
        DeclarationError: as `residency`.
    """
    named = environ.get(SETTING, "")
    if not named:
        raise NotReadyError(
            f"{SETTING} is not set", expected="a file of regions", hint="docs/kyc.md shows one"
        )
    return residency(Path(named))


def residency(path: Path) -> Residency:
    """Read a file of regions; relative paths are seen from the file.

    Raises:
        NotReadyError: it cannot be read.
        DeclarationError: it is not of the form, or two regions meet that do not both say so.
    """
    try:
        said = msgspec.convert(yaml.safe_load(path.read_text()), dict[str, _Said])
    except OSError as error:
        raise NotReadyError(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path} is no YAML", expected="regions") from error
    except msgspec.ValidationError as error:
        raise DeclarationError(f"{path}: {error}", hint="docs/kyc.md shows one") from error
    found = Residency({name: _region(name, one, path.parent) for name, one in said.items()})
    for one, two in combinations(found.regions.values(), 2):
        for what in _shared(one, two):
            if two.name not in one.meets or one.name not in two.meets:
                raise DeclarationError(
                    f"{path}: regions {one.name} and {two.name} share a {what}",
                    expected="one of its own for each",
                    hint="if the law lets them meet, both say `meets: [the other]`",
                )
    return found


def _region(name: str, said: _Said, folder: Path) -> Region:
    parts = urlsplit(said.bucket)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path:
        raise DeclarationError(f"region {name}: a bucket that is no folder", expected="file:///...")
    try:
        url = make_url(said.kyc_url)
    except (ArgumentError, ValueError) as error:  # not shown: a password may stand in it
        raise DeclarationError(
            f"region {name}: its kyc_url cannot be read", expected="sqlite:/// or postgresql://"
        ) from error
    if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        raise DeclarationError(f"region {name}: a database of no kind we know, or without a name",
                               expected="sqlite:/// or postgresql://")  # fmt: skip
    if url.get_backend_name() == "sqlite":
        url = url.set(database=(folder / url.database).resolve().as_posix())
    return Region(
        name, url.render_as_string(hide_password=False), Path(unquote(parts.path)).resolve(),
        (folder / said.key_file).resolve(), said.meets,
    )  # fmt: skip


def _shared(one: Region, two: Region) -> Iterator[str]:
    if _database(one) == _database(two):
        yield "database"
    if one.bucket.is_relative_to(two.bucket) or two.bucket.is_relative_to(one.bucket):
        yield "bucket"
    if one.key_file == two.key_file:
        yield "key ring"


def _database(region: Region) -> tuple[object, ...]:
    """Name a database by where it is, not by who asks; the database knows its regions, too."""
    url = make_url(region.kyc_url)
    host = (url.host or str(url.query.get("host", ""))).lower()
    return url.get_backend_name(), host, url.port or _PORT, url.database
