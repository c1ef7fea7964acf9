"""What is wrong with a pack's file, each mistake with its place. Way: *.yaml -> here -> a person.

First the form (every row by itself, so that one mistake hides no other), then, if the form holds,
what the rows say together: `core.compliance.lint_rules` and `core.compliance.lint_parts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
import yaml

from core.compliance.lint_parts import PART_LAWS
from core.compliance.lint_rules import RULE_LAWS
from core.compliance.pack import Pack
from core.compliance.places import Placed, Steps, placed, steps_of

Law = Callable[[Pack], Iterator[tuple[Steps, str]]]
LAWS: tuple[Law, ...] = (*RULE_LAWS, *PART_LAWS)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One mistake: file, line, the way to it from the top, and what is wrong."""

    file: str
    line: int
    where: str
    says: str

    def __str__(self) -> str:
        """Write it as compilers do, so that editors can jump to it."""
        return f"{self.file}:{self.line}: {self.where}: {self.says}"


def lint(path: Path) -> list[Fault]:
    """Return every mistake of a pack's file, in order of lines."""
    try:
        found = placed(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        return [Fault(path.name, line, "file", f"no YAML: {getattr(error, 'problem', error)}")]
    said = list(_said(found, path.stem))
    faults = {Fault(path.name, found.line(steps), _words(steps, found), s) for steps, s in said}
    return sorted(faults)


def _said(found: Placed, stem: str) -> Iterator[tuple[Steps, str]]:
    for steps, line in found.twice:
        yield steps, f"written twice; again in line {line}"
    faults = list(_faults_of_form(found.document))
    if faults:
        yield from faults
        return
    pack = msgspec.convert(found.document, Pack, strict=True)
    if pack.pack != stem:
        yield ("pack",), f"pack {pack.pack} in a file named {stem}"
    for law in LAWS:
        yield from law(pack)


def _faults_of_form(document: Any) -> Iterator[tuple[Steps, str]]:
    if not isinstance(document, dict):
        yield (), "expected a mapping, the fields of a pack"
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(Pack)}
    yield from (((str(key),), "no field of a pack") for key in document if key not in fields)
    for name, field in fields.items():
        if name in document:
            yield from _faults_of_field(name, document[name], field.type)
        elif field.required:
            yield (), f"{name} is missing"


def _faults_of_field(name: str, value: Any, kind: Any) -> Iterator[tuple[Steps, str]]:
    """Read a list or mapping row by row, anything else whole."""
    row: Any = get_args(kind)
    if get_origin(kind) is tuple and isinstance(value, list):
        for place, one in enumerate(value):
            yield from _fault_of((name, place), one, row[0])
    elif get_origin(kind) is dict and isinstance(value, dict):
        for key, one in value.items():
            yield from _fault_of((name, str(key)), key, row[0])
            yield from _fault_of((name, str(key)), one, row[1])
    else:
        yield from _fault_of((name,), value, kind)


def _fault_of(steps: Steps, value: Any, kind: Any) -> Iterator[tuple[Steps, str]]:
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        text = str(error)
        yield (*steps, *steps_of(text)), text.partition(" - at ")[0]


def _words(steps: Steps, found: Placed) -> str:
    """Write the way to a mistake, a rule by its id: `rules[GB-DL-1].measure.of`."""
    words, node = "", found.document
    for step in steps:
        node = _child(node, step)
        named = node.get("id") if isinstance(node, dict) and isinstance(step, int) else None
        text = f"[{named or step}]" if isinstance(step, int) else f".{step}"
        words += text
    return words.lstrip(".") or "file"


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, dict):
        return node.get(step)
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    return None
