"""YAML with the place of everything in it. Way: a pack's file -> here -> lint.

A key written twice is a mistake here, where plain YAML takes the last in silence; so is `ON`
without quotes as a key or value, which YAML reads as true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

Steps = tuple[str | int, ...]
_STEP = re.compile(r"\.([A-Za-z_][\w]*)|\[(\d+)\]|\[(?:\.\.\.|`[^`]*`)\]")


@dataclass(frozen=True, slots=True)
class Placed:
    """A document, the line of every node by its steps from the root, and keys met twice."""

    document: Any
    lines: Mapping[Steps, int]
    twice: tuple[tuple[Steps, int], ...] = field(default=())

    def line(self, steps: Steps) -> int:
        """Return the line of a node, or of the nearest around it that is there."""
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)


def placed(text: str) -> Placed:
    r"""Read a document and where everything stands.

    >>> found = placed("a:\n  - b: 1\n    b: 2\n")
    >>> found.line(("a", 0, "b")), found.twice
    (3, ((('a', 0, 'b'), 3),))

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    lines: dict[Steps, int] = {}
    twice: list[tuple[Steps, int]] = []
    if root is not None:
        _note((), root, lines, twice)
    return Placed(yaml.safe_load(text), lines, tuple(twice))


def steps_of(said: str) -> Steps:
    """Read the path of a message such as `... - at $.rules[3].measure.of`.

    >>> steps_of("Expected `int`, got `str` - at `$.rules[3].measure.of`")
    ('rules', 3, 'measure', 'of')
    """
    _, found, path = said.rpartition("$")
    if not found:
        return ()
    parts = _STEP.finditer(path.rstrip("`"))
    return tuple(part[1] or int(part[2]) for part in parts if part[1] or part[2])


def _note(
    steps: Steps, node: yaml.Node, lines: dict[Steps, int], twice: list[tuple[Steps, int]]
) -> None:
    lines.setdefault(steps, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            _note((*steps, place), value, lines, twice)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner, line = (*steps, str(key.value)), key.start_mark.line + 1
            if inner in lines:
                twice.append((inner, line))
            lines[inner] = line
            _note(inner, value, lines, twice)
