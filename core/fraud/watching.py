"""Rules asked at every deed that could meet one. Way: deeds -> windows, graph -> here -> findings.

Deeds are judged in the order they became known, each once; what is found depends on them alone, so
a scan of the warehouse and a watch on the log say the same, however their batches are cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.errors import DeclarationError
from core.fraud.deeds import Deed
from core.fraud.graph import Graph
from core.fraud.rule import Evidence, Parameters, Rule, Scene, known_rules, parameters_of
from core.fraud.window import Window
from core.ids import derived_id


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A rule met by a player. `id` comes from rule, player, key and the window's end.

    `raised_us` is when the deed that completed it became known (UTC microseconds).
    """

    id: str
    rule: str
    player: str
    evidence: Evidence
    parameters: dict[str, Any]
    version: int
    raised_us: int


Asked = tuple[tuple[Rule, Parameters], ...]


def asked_rules(said: Mapping[str, dict[str, Any]] | None = None) -> Asked:
    """Return all rules with their parameters; those of `said` are the operator's.

    Raises:
        DeclarationError: a rule or a parameter is unknown.
    """
    said, known = said or {}, known_rules()
    if strange := sorted(set(said) - set(known)):
        raise DeclarationError(f"rules {', '.join(strange)}", expected=f"of {', '.join(known)}")
    return tuple((rule, parameters_of(rule, said.get(name, {}))) for name, rule in known.items())


@dataclass(slots=True)
class Watch:
    """Windows of all players and the graph between them."""

    asked: Asked = field(default_factory=asked_rules)
    graph: Graph = field(default_factory=Graph)
    windows: dict[str, Window] = field(default_factory=dict)
    _said: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    _by_kind: dict[str, Asked] = field(default_factory=dict)

    def take(self, deeds: Iterable[Deed]) -> Iterator[Finding]:
        """Take deeds in, in the order they became known; yield what they raise."""
        for one in sorted(deeds, key=lambda deed: deed.order):
            yield from self.step(one)

    def step(self, deed: Deed) -> Iterator[Finding]:
        """Take one deed in; yield what it raises."""
        window = self.windows.get(deed.player)
        if window is None:
            window = self.windows[deed.player] = Window(deed.player)
        for kind, token in deed.ties:
            self.graph.tie(deed.player, kind, token, deed.at_us)
        if not window.add(deed):
            return
        rules = self._by_kind.get(deed.kind)
        if rules is None:
            rules = tuple((r, p) for r, p in self.asked if deed.kind in r.asked_at)
            self._by_kind[deed.kind] = rules
        scene = Scene(deed, window, self.windows, self.graph)
        for rule, parameters in rules:
            for evidence in rule.look(scene, parameters):
                if self._is_news(rule, deed.player, evidence):
                    yield _finding(rule, parameters, deed, evidence)

    def _is_news(self, rule: Rule, player: str, evidence: Evidence) -> bool:
        earlier = self._said.setdefault((rule.id, player, evidence.key), [])
        if any(abs(evidence.until_us - at_us) <= evidence.again_us for at_us in earlier):
            return False
        earlier.append(evidence.until_us)
        return True


def _finding(rule: Rule, parameters: Parameters, deed: Deed, evidence: Evidence) -> Finding:
    name = "|".join((deed.player, evidence.key, str(evidence.until_us)))
    return Finding(
        id=str(derived_id(f"fraud/{rule.id}/{rule.version}", name)), rule=rule.id,
        player=deed.player, evidence=evidence, parameters=msgspec.to_builtins(parameters),
        version=rule.version, raised_us=deed.known_us,
    )  # fmt: skip
