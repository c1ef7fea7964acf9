"""Fraud on the command line. Way: `evenhand fraud` -> here -> pipelines.fraud, core.fraud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.tree import Tree

from core.compliance.entry import utc_text
from core.fraud.deeds import KINDS
from core.fraud.graph import Graph, scores
from core.fraud.rule import known_rules
from core.fraud.watching import Finding
from core.log.open_log import open_log
from core.settings import settings_from
from features.sources import open_warehouse
from pipelines.fraud import FILE, Findings, LiveFraud, deeds_of, follow, scanned
from pipelines.stopping import stopping


def listed() -> None:
    """Print every rule with its parameters."""
    table = Table("rule", "title", "parameters", "not computed", show_lines=True)
    for rule in known_rules().values():
        said = ", ".join(f"{name} {value}" for name, value in _defaults(rule.parameters()))
        table.add_row(rule.id, rule.title, said, rule.lacks)
    Console().print(table)


def scan() -> None:
    """Judge all landed facts; keep what is new."""
    settings, findings = settings_from(), _findings()
    with open_warehouse(settings.warehouse) as connection, Progress(
        console=Console(stderr=True)
    ) as progress:  # fmt: skip
        counts = [connection.execute(f"SELECT count(*) FROM {n}").fetchone() for n in KINDS]
        task = progress.add_task("judging", total=sum(row[0] for row in counts if row))
        found = scanned(deeds_of(connection), lambda more: progress.advance(task, more))
    _print(findings.keep(found), len(found))


def watch(log: str, *, until_caught_up: bool) -> None:
    """Judge the event log as it comes."""
    live = LiveFraud(_findings(), settings_from().base_currency)
    console = Console()

    def said(count: int) -> None:
        if count:
            console.print(f"{count} found")

    with closing(open_log(log)) as opened, stopping() as stop:
        follow(opened, live, stop, said, until_caught_up=until_caught_up)
    console.print(f"{len(live.watch.windows)} players, {live.unread} lines unread")


def shown(player: str) -> None:
    """Print what was found of a player, with its evidence."""
    console = Console(markup=False, soft_wrap=True)
    for one in _findings().of(player):
        span = f"{utc_text(one.evidence.since_us)} to {utc_text(one.evidence.until_us)}"
        console.print(f"{one.rule} {one.player}: {one.evidence.said}\n  {span}")
        for figure in one.evidence.figures:
            console.print(f"  {figure.name} {figure.value}, bound {figure.bound}")
        for link in one.evidence.links:
            console.print(f"  {link.kind} shared with {link.player}, weight {link.weight}/1000")
        console.print(f"  facts: {', '.join(one.evidence.facts[:10])}")


def drawn(player: str, least: int) -> None:
    """Print a player's neighbourhood in the graph of landed facts."""
    graph = Graph()
    with open_warehouse(settings_from().warehouse) as connection:
        for one in deeds_of(connection):
            for kind, token in one.ties:
                graph.tie(one.player, kind, token, one.at_us)
    tree = Tree(player)
    for other, weight in scores(graph.links(player)).items():
        if weight < least:
            continue
        branch = tree.add(f"{other}, weight {weight}/1000")
        for link in graph.links(player):
            if link.player == other:
                branch.add(f"{link.kind} {link.token[:12]} of {link.users} players")
    for kind, token in graph.hubs(player):
        tree.add(f"{kind} {token[:12]}: of too many to say anything")
    Console().print(tree)


def _print(fresh: list[Finding], count: int) -> None:
    table = Table("rule", "new", "players")
    for name, new in sorted(Counter(one.rule for one in fresh).items()):
        table.add_row(name, str(new), str(len({o.player for o in fresh if o.rule == name})))
    console = Console()
    console.print(table)
    console.print(f"{len(fresh)} new, {count - len(fresh)} found before")


def _findings() -> Findings:
    return Findings(settings_from().home / FILE)


def _defaults(parameters: object) -> Iterable[tuple[str, object]]:
    return ((name, getattr(parameters, name)) for name in parameters.__struct_fields__)  # type: ignore[attr-defined]
