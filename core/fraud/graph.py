"""The live graph: players and the identifiers they use. Way: deeds -> here -> rules, pictures.

A function of the set of ties alone: the same ties in any order, once or twice, leave the same
graph. Tokens are opaque and stay so.

An identifier of more than `HUB` players is a hub (a hotel's address, a test device): it forgets who
they are, says so for ever, and links nobody. Below that a tie between two players weighs
`BASE[kind] / (players - 1)`: what two share says much, what thirty share little. Of one player the
`MOST` identifiers of the smallest digest are kept, so nobody makes the graph grow without bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

HUB = 24
MOST = 128
BASE = {"instrument": 900, "payee": 900, "person": 700, "device": 500, "ip": 100}
"""Weights in thousandths of a sure link; ours (mark D)."""
IP_MOST = 200
"""Addresses alone never weigh more than that together."""

Identifier = tuple[str, str]


class Link(msgspec.Struct, frozen=True, order=True):
    """Two players' tie over one identifier: its kind, token, other player, users, weight in ‰."""

    kind: str
    token: str
    player: str
    users: int
    weight: int


@dataclass(slots=True)
class Node:
    """An identifier: its players (none once it is a hub) and when it was seen, UTC microseconds."""

    first_us: int
    last_us: int
    players: set[str] = field(default_factory=set)
    is_hub: bool = False


@dataclass(slots=True)
class Graph:
    """Players and identifiers. `ties` are first and last instant per player and identifier."""

    nodes: dict[Identifier, Node] = field(default_factory=dict)
    ties: dict[str, dict[Identifier, tuple[int, int]]] = field(default_factory=dict)
    _gone: dict[str, tuple[bytes, Identifier]] = field(default_factory=dict)
    """Per player who used too many: the least digest that was let go; none above comes back."""

    def tie(self, player: str, kind: str, token: str, at_us: int) -> None:
        """Note that a player used an identifier at an instant."""
        name = (kind, token)
        node = self.nodes.get(name)
        if node is None:
            node = self.nodes[name] = Node(at_us, at_us)
        node.first_us, node.last_us = min(node.first_us, at_us), max(node.last_us, at_us)
        if not node.is_hub:
            node.players.add(player)
            if len(node.players) > HUB:
                node.is_hub = True
                node.players.clear()
        own = self.ties.setdefault(player, {})
        seen = own.get(name)
        if seen is not None:
            own[name] = min(seen[0], at_us), max(seen[1], at_us)
        elif not (gone := self._gone.get(player)) or _place(name) < gone:
            own[name] = at_us, at_us
            self._bound(player, own)

    def _bound(self, player: str, own: dict[Identifier, tuple[int, int]]) -> None:
        if len(own) > MOST:
            worst = max(own, key=_place)
            del own[worst]
            self._gone[player] = _place(worst)

    def links(self, player: str) -> list[Link]:
        """Return a player's ties to others, sorted; hubs tie nobody."""
        found = []
        for name in self.ties.get(player, ()):
            users = self.nodes[name].players
            if len(users) > 1:
                weight = BASE[name[0]] // (len(users) - 1)
                found += [Link(*name, other, len(users), weight) for other in users - {player}]
        return sorted(found)

    def is_linked(self, player: str) -> bool:
        """Say whether a player shares anything with anybody; cheaper than `links`."""
        return any(len(self.nodes[name].players) > 1 for name in self.ties.get(player, ()))

    def hubs(self, player: str) -> list[Identifier]:
        """Return the hubs a player uses, sorted."""
        return sorted(name for name in self.ties.get(player, ()) if self.nodes[name].is_hub)

    def ring(self, player: str, least: int, depth: int = 2, most: int = 50) -> dict[str, int]:
        """Return who is within `depth` links of `least` weight or more: player -> steps.

        At most `most` players, the nearest first, then by name.
        """
        steps, edge = {player: 0}, [player]
        for step in range(1, depth + 1):
            near = {o for one in edge for o, w in scores(self.links(one)).items() if w >= least}
            edge = sorted(near - steps.keys())[: most - len(steps)]
            steps |= dict.fromkeys(edge, step)
        return steps

    def content(self) -> tuple[object, ...]:
        """Return all there is, in one order; equal graphs are equal here."""
        nodes = sorted(
            (name, n.first_us, n.last_us, n.is_hub, sorted(n.players))
            for name, n in self.nodes.items()
        )
        return nodes, sorted((player, sorted(own.items())) for player, own in self.ties.items())


def scores(links: Iterable[Link]) -> dict[str, int]:
    """Return what the links to each other player weigh together, in thousandths."""
    strong: dict[str, int] = {}
    weak: dict[str, int] = {}
    for link in links:
        side = weak if link.kind == "ip" else strong
        side[link.player] = side.get(link.player, 0) + link.weight
    return {o: strong.get(o, 0) + min(weak.get(o, 0), IP_MOST) for o in sorted(strong | weak)}


def linked_by(links: Iterable[Link], least: int) -> Iterator[tuple[str, int, tuple[Link, ...]]]:
    """Yield other players whose links weigh `least` or more: who, weight, links."""
    links = list(links)
    for other, weight in scores(links).items():
        if weight >= least:
            yield other, weight, tuple(link for link in links if link.player == other)


def _place(name: Identifier) -> tuple[bytes, Identifier]:
    return sha256("\0".join(name).encode()).digest()[:8], name
