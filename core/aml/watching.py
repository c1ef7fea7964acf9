"""Typologies asked at every fact that could meet one. Way: told -> window -> here -> alerts.

Facts are taken in by when they became known, each once. What is raised depends on them alone: a
scan over the warehouse and a watch on the log run this same code, however their batches are cut.
Links between players are known in that order too; who reads only a part of the log sees only the
links within it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.aml.evidence import Evidence
from core.aml.facts import Income, Link, Mismatch, Payment, Scene, Stake
from core.aml.policy import Policy
from core.aml.told import Told, Undone
from core.aml.typology import Kind, Parameters, Typology
from core.aml.window import Currencies, Window
from core.compliance.calendar import DAY_US, exact_us
from core.ids import derived_id

LATE_US = 30 * DAY_US
"""A pattern that ended longer ago than that before the player's newest fact is not raised."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern met by a player. `id` comes from typology, player, key and window.

    `raised_us` is when the fact that completed it became known (UTC microseconds), `by_event` that
    fact. Parameters and versions say by what it was judged.
    """

    id: str
    jurisdiction: str
    evidence: Evidence
    parameters: dict[str, Any]
    typology_version: int
    raised_us: int
    by_event: str


@dataclass(slots=True)
class Watch:
    """Players of several jurisdictions; one whose jurisdiction has no policy is not judged."""

    policies: dict[str, Policy]
    base_currency: str
    windows: dict[str, Window] = field(default_factory=dict)
    _users: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _tokens: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    _raised: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    _swept_us: dict[str, int] = field(default_factory=dict)

    def take(self, facts: Iterable[Told]) -> Iterator[Alert]:
        """Take facts in, in the order they became known; yield what they raise."""
        for told in sorted(facts, key=lambda told: told.order):
            yield from self.step(told)

    def step(self, told: Told) -> Iterator[Alert]:
        """Take one fact in; yield what it raises."""
        window = self.windows.setdefault(told.player, Window(told.player))
        is_new = window.add(told)
        self._link(told)
        policy = self.policies.get(window.jurisdiction)
        kind = _kind(told)
        if policy is None or kind is None or not is_new:
            return
        self._sweep(window, policy)
        for typology, parameters in policy.asked:
            if kind in typology.asked_at:
                scene = self._scene(window, policy, typology, parameters)
                for evidence in typology.look(scene, parameters):
                    if evidence.until_us >= scene.asked_from_us and self._is_news(evidence):
                        yield _alert(evidence, typology, parameters, (policy, told))

    def _scene(
        self, window: Window, policy: Policy, typology: Typology, parameters: Parameters
    ) -> Scene:
        currencies = Currencies(policy.pack.currency, self.base_currency)
        asked_from = window.newest_us - LATE_US
        since_us = asked_from - exact_us(typology.reach(parameters)) - DAY_US
        links = self._links(window, policy) if typology.is_linked else []
        others = sorted({link.player for link in links})
        return Scene(
            player=window.facts(currencies, since_us), zone=policy.pack.zone,
            currency=currencies.pack, links=links, asked_from_us=asked_from,
            linked=[self.windows[other].facts(currencies, since_us) for other in others],
        )  # fmt: skip

    def _links(self, window: Window, policy: Policy) -> list[Link]:
        """Return whom a player shares an identifier with; one of many players links nobody."""
        found = []
        for token in sorted(self._tokens.get(window.player, ())):
            users = self._users[token]
            if len(users) <= policy.said.link_most:
                found += [Link(*token, user) for user in sorted(users - {window.player})]
        return [
            link for link in found
            if self.windows[link.player].jurisdiction == window.jurisdiction
        ]  # fmt: skip

    def _link(self, told: Told) -> None:
        tokens = [("device", told.device)]
        if isinstance(told.what, Payment):
            tokens.append(("instrument", told.what.instrument))
        for kind, token in tokens:
            if token is not None:
                self._users.setdefault((kind, token), set()).add(told.player)
                self._tokens.setdefault(told.player, set()).add((kind, token))

    def _is_news(self, evidence: Evidence) -> bool:
        """Say whether a pattern is none that goes on since an earlier alert."""
        key = (evidence.typology, evidence.player, evidence.key)
        earlier = self._raised.setdefault(key, [])
        if any(abs(evidence.until_us - at_us) <= evidence.again_us for at_us in earlier):
            return False
        earlier.append(evidence.until_us)
        return True

    def _sweep(self, window: Window, policy: Policy) -> None:
        """Let old facts go, once a day of the player's."""
        if window.newest_us - self._swept_us.get(window.player, 0) < DAY_US:
            return
        self._swept_us[window.player] = window.newest_us
        reaches = {t.id: exact_us(t.reach(p)) for t, p in policy.asked}
        stakes = [reaches[t.id] for t, _ in policy.asked if t.reads_stakes]
        slack = LATE_US + 2 * DAY_US
        window.let_go(max(reaches.values(), default=0) + slack, max(stakes, default=0) + slack)


def _kind(told: Told) -> Kind | None:
    match told.what:
        case Payment(kind=kind):
            return kind
        case Stake(selection=selection):
            return "stake" if selection is not None else None
        case Undone():
            return "undone"
        case Income():
            return "income"
        case Mismatch():
            return "mismatch"
    return None


def _alert(
    evidence: Evidence, typology: Typology, parameters: Parameters, by: tuple[Policy, Told]
) -> Alert:
    policy, told = by
    place = policy.pack.pack
    name = "|".join(
        (evidence.player, evidence.key, str(evidence.since_us), str(evidence.until_us))
    )  # fmt: skip
    return Alert(
        id=str(derived_id(f"aml/{place}/{typology.id}", name)), jurisdiction=place,
        evidence=evidence, parameters=msgspec.to_builtins(parameters),
        typology_version=typology.version, raised_us=told.known_us, by_event=told.id,
    )  # fmt: skip
