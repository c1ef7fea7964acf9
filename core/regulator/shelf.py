"""What was made for a regulator, as files. Way: reports and exports of a pack -> here -> access.

    <root>/<pack>/reports/<id>/manifest.json, *.csv, report.html
    <root>/<pack>/export/chain.json, <kind>/<day>.<batch>.ndjson.gz

A name that is asked for is looked up in what is there and never made into a path. A file that is
not what its manifest or chain says is refused.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.errors import NotReadyError, SourceError

SCANNED_MOST = 200_000
"""Lines looked at for one answer; what is left is asked for with the cursor."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Which records: of a kind, a day, a player; from where on, and how many at most."""

    kind: str
    most: int
    day: str = ""
    player: str = ""
    after: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files of one pack. Reports that name players are shown only where names may be."""

    root: Path
    pack: str
    shows_names: bool = False

    def reports(self) -> dict[str, dict[str, Any]]:
        """Return the manifests of the reports there are, by id."""
        folder = self.root / self.pack / "reports"
        found = {}
        for path in sorted(folder.glob("*/manifest.json")) if folder.is_dir() else ():
            said = _object(path)
            if not path.parent.name.startswith(".") and self._may_see(said):
                found[path.parent.name] = said
        return found

    def report_file(self, report: str, name: str) -> bytes:
        """Return a file of a report.

        Raises:
            NotReadyError: there is none of this name.
            SourceError: it is not what was made.
        """
        manifest = self.reports().get(report, {})
        digests = {one["name"]: one["sha256"] for one in manifest.get("files", [])}
        if name not in digests:
            raise NotReadyError("no such file")
        told = (self.root / self.pack / "reports" / report / name).read_bytes()
        return _sound(told, digests[name])

    def chain(self) -> list[dict[str, Any]]:
        """Return the entries of the export's chain, in order."""
        path = self.root / self.pack / "export" / "chain.json"
        if not path.is_file():
            return []
        said = _object(path)
        return list(said["entries"]) if said.get("pack") == self.pack else []

    def records(self, looked: Looked) -> tuple[list[Any], str]:
        """Return records, and the cursor to ask on with, "" at the end.

        Raises:
            SourceError: a file is not what was made.
        """
        found: list[Any] = []
        scanned = 0
        for seq, number, line in self._lines(looked):
            if (seq, number) <= looked.after:
                continue
            scanned += 1
            if not looked.player or (
                line.get("body") and line["body"].get("player") == looked.player
            ):
                found.append(line)
            if len(found) == looked.most or scanned == SCANNED_MOST:
                return found, f"{seq}.{number}"
        return found, ""

    def _lines(self, looked: Looked) -> Iterator[tuple[int, int, dict[str, Any]]]:
        for entry in self.chain():
            is_it = entry["kind"] == looked.kind and looked.day in ("", entry.get("day", ""))
            if not is_it or not entry.get("file") or entry["seq"] < looked.after[0]:
                continue
            told = (self.root / self.pack / "export" / entry["file"]).read_bytes()
            for number, line in enumerate(_unzipped(_sound(told, entry["sha256"])), 1):
                yield entry["seq"], number, json.loads(line)

    def _may_see(self, manifest: dict[str, Any]) -> bool:
        is_ours = manifest.get("pack") == self.pack
        return is_ours and (self.shows_names or manifest.get("has_players") is False)


def _unzipped(told: bytes) -> list[bytes]:
    return gzip.decompress(told).splitlines()


def _sound(told: bytes, digest: str) -> bytes:
    if sha256(told).hexdigest() != digest:
        raise SourceError("a file is not what was made", hint="the operator restores it")
    return told


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SourceError("a list of files cannot be read") from error
    return found if isinstance(found, dict) else {}
