"""How a marker of harm is declared. Way: core/markers/markers/*.py -> here -> watching, docs.

A marker gives figures; what is done at which figure is each pack's to say (`interventions`). Below
its `floors` it is nothing to speak of where a pack says nothing; at a `strong` bound it is a strong
sign. No regulator's page fixes these but where `source` names one: they are ours (mark D).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from core.compliance.marks import Mark
from core.compliance.parts import Predicate
from core.discover import declarations
from core.errors import DeclarationError
from core.markers import markers as folder
from core.markers.scene import Scene

Values = dict[str, str | int]
SOURCES: Mapping[str, str] = {
    "M1": "https://ouci.dntb.gov.ua/en/works/9QOe6nA4",
    "M2": "https://ideas.repec.org./a/taf/intgms/v16y2016i2p246-262.html",
    "M3": "https://pmc.ncbi.nlm.nih.gov/articles/PMC10397135",
    "M4": "https://www.greo.ca/Modules/EvidenceCentre/Details/predicting-self-exclusion-using-machine-learning",
    "M5": "https://journals.plos.org/plosone/article?id=10.1371%2Fjournal.pone.0273359",
    "M6": "https://open.library.ubc.ca/collections/24/items/1.0431041",
}
"""Studies; the other keys are sources of the packs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A marker. `values` is pure; {} says there is not enough to speak of.

    `gives` says what each figure is, with its unit. A marker without floors is context: it stands
    beside others and calls for nothing by itself.
    """

    name: str
    title: str
    says: str
    indicator: str
    gives: Mapping[str, str]
    values: Callable[[Scene], Values]
    floors: tuple[Predicate, ...] = ()
    strong: tuple[Predicate, ...] = ()
    mark: Mark = "D"
    source: tuple[str, ...] = ()


def floor(name: str, value: str, than: str) -> Predicate:
    """Return the bound a figure reaches."""
    return Predicate(marker=name, value=value, comparator=">=", than=than)


@cache
def known_markers() -> Mapping[str, Marker]:
    """Return every declared marker by its name.

    Raises:
        DeclarationError: two have one name, or a bound is on a figure the marker does not give.
    """
    found = sorted(declarations(folder, Marker), key=lambda one: one.name)
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise DeclarationError(f"markers {names}", expected="each name once")
    for one in found:
        odd = [p.value for p in (*one.floors, *one.strong) if p.value not in one.gives]
        if odd:
            raise DeclarationError(f"{one.name} has bounds on {odd}", expected=str(list(one.gives)))
    return {one.name: one for one in found}
