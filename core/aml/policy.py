"""How a jurisdiction's desk works: thresholds, reports, deadlines. Way: policies/*.yaml -> here.

A new jurisdiction is one YAML file. What a row of the pack says (a deadline, a currency, a clock)
is read there and not said twice; the rest is mark D, the operator's to set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from core.aml.typology import Parameters, Typology, known_typologies, parameters_of
from core.compliance.load import packs
from core.compliance.pack import Pack
from core.errors import DeclarationError
from core.guard import repository_root

FOLDER = repository_root() / "core" / "aml" / "policies"
ReportKind = Literal["SAR", "STR", "CTR"]


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report a person files. `rule` is the pack's row; its deadline is the row's.

    `no_suspect` is the term where nobody is suspected by name, if it is another one.
    """

    kind: ReportKind
    rule: str = ""
    amount: str = ""
    no_suspect: str = ""


class PolicyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy as its file says it."""

    pack: str
    typologies: dict[str, dict[str, Any]]
    reports: tuple[Report, ...]
    cash_vendors: tuple[str, ...] = ()
    link_most: int = 5
    """An identifier of more accounts than that links none of them: a house, a network."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, bound to its pack and to the typologies there are."""

    said: PolicyFile
    pack: Pack
    asked: tuple[tuple[Typology, Parameters], ...]

    def report(self, kind: str) -> Report:
        """Return how a kind of report is made here.

        Raises:
            DeclarationError: there is none of that kind.
        """
        for one in self.said.reports:
            if one.kind == kind:
                return one
        known = ", ".join(one.kind for one in self.said.reports)
        raise DeclarationError(f"a {kind} in {self.pack.pack}", expected=f"one of {known}")

    def due_us(self, report: Report, from_us: int, *, is_suspect_known: bool) -> int | None:
        """Return until when a report is filed; null where the pack gives no term."""
        term = self.term(report)
        if report.no_suspect and not is_suspect_known:
            term = report.no_suspect
        return self.pack.zone.later(from_us, term) if term else None

    def term(self, report: Report) -> str:
        """Return the term the pack's row gives to file a report; empty where it gives none."""
        rows = [row.action.deadline for row in self.pack.rules if row.id == report.rule]
        return rows[-1] if rows else ""


def bind(said: PolicyFile, pack: Pack) -> Policy:
    """Bind a policy to its pack.

    Raises:
        DeclarationError: a typology or a parameter is unknown.
    """
    known = known_typologies()
    strange = sorted(set(said.typologies) - set(known))
    if strange:
        raise DeclarationError(
            f"policy {said.pack} names {', '.join(strange)}", expected=f"of {', '.join(known)}"
        )
    asked = ((known[name], parameters_of(known[name], said.typologies[name]))
             for name in sorted(said.typologies))  # fmt: skip
    return Policy(said, pack, tuple(asked))


@cache
def policies(folder: Path = FOLDER) -> Mapping[str, Policy]:
    """Return the policy of every jurisdiction by its pack's id.

    Raises:
        DeclarationError: a file is none, does not bear its pack's name, or is of no pack.
    """
    return {path.stem: _read(path) for path in sorted(folder.glob("*.yaml"))}


def _read(path: Path) -> Policy:
    try:
        said = msgspec.convert(yaml.safe_load(path.read_text()), PolicyFile, strict=True)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise DeclarationError(f"policy {path.name}: {error}") from error
    if said.pack != path.stem or said.pack not in packs():
        raise DeclarationError(f"policy {said.pack} in {path.name}", expected="a pack's own file")
    return bind(said, packs()[said.pack])
