"""The page of markers and what each pack does at them. Way: markers, packs -> here -> docs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.compliance.load import packs
from core.compliance.pack import Pack
from core.compliance.parts import Predicate
from core.guard import repository_root
from core.markers.marker import SOURCES, Marker, known_markers

_MADE = "Made by `make docs`; edit the markers and the packs, not this page.\n"


def markers_pages() -> dict[Path, str]:
    """Return the page: its place and its text."""
    parts = ["# Markers of harm\n", _MADE]
    parts += ["How they are watched is in [markers.md](markers.md); what marks and source keys"]
    parts += ["mean is in [packs.md](packs.md). Bounds are ours (mark D) unless a row says more.\n"]
    for one in known_markers().values():
        parts += _marker(one)
    parts.append("## Studies\n")
    parts += [f"- {key}: {place}" for key, place in SOURCES.items()]
    text = "\n".join(parts).rstrip() + "\n"
    return {repository_root() / "docs" / "markers-of-harm.md": text}


def _marker(one: Marker) -> Iterator[str]:
    yield f"## {one.name}: {one.title}\n"
    sources = ", ".join(one.source) or "none: ours"
    kind = one.indicator.replace("_", " ")
    yield f"{one.says} Indicator: {kind}. Mark {one.mark}; sources: {sources}.\n"
    yield "| figure | what it is | spoken of from | strong from |"
    yield "|---|---|---|---|"
    for name, words in one.gives.items():
        bounds = (_bound(one.floors, name), _bound(one.strong, name))
        yield f"| {name} | {words} | {bounds[0]} | {bounds[1]} |"
    yield ""
    rows = [row for pack in packs().values() for row in _steps(pack, one.name)]
    if rows:
        yield "| pack | at | level | steps | by | looked at again after | mark |"
        yield "|---|---|---|---|---|---|---|"
        yield from rows
        yield ""


def _bound(bounds: tuple[Predicate, ...], name: str) -> str:
    return next((one.than for one in bounds if one.value == name), "-")


def _steps(pack: Pack, marker: str) -> Iterator[str]:
    for one in pack.interventions:
        if one.when.marker != marker:
            continue
        at = f"{one.when.value} {one.when.comparator} {one.when.than}" if one.when.value else "met"
        steps = ", ".join(step.replace("_", " ") for step in one.steps)
        cells = (pack.pack, at, one.level, steps, one.deadline, one.evaluate_after, one.mark)
        yield "| " + " | ".join(cells) + " |"
