"""Markers of harm on the command line. Way: `evenhand markers` -> here -> core.markers, desk."""

from __future__ import annotations

from contextlib import closing

import msgspec
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from core.clock import SystemClock
from core.compliance.calendar import instant_us
from core.compliance.desk import ComplianceDesk
from core.compliance.entry import utc_text
from core.compliance.evaluating import EVALUATE
from core.compliance.load import packs
from core.compliance.requests.protection import DutyDone
from core.errors import NotReadyError
from core.ledger.reading import reading
from core.ledger.rule_rows import Duty
from core.ledger.schema import table_of
from core.log.open_log import open_log
from core.markers.effect import Effect, effect_of
from core.markers.marker import known_markers
from core.markers.past import Past
from core.markers.scene import scene_of
from core.markers.watching import met_of
from core.settings import settings_from
from features.sources import open_warehouse
from pipelines.compliance_verbs import Where, address, desk_at
from pipelines.markers import past_of
from pipelines.markers_live import ACTS_ON_US, Counts, Following, LiveMarkers, follow
from pipelines.stopping import stopping


def listed() -> None:
    """Print every marker with what it gives and from when it is spoken of."""
    table = Table("marker", "title", "figures", "from", "strong from", "mark", show_lines=True)
    for one in known_markers().values():
        floors, strong = (
            ", ".join(f"{bound.value} {bound.than}" for bound in bounds) or "-"
            for bounds in (one.floors, one.strong)
        )
        table.add_row(one.name, one.title, ", ".join(one.gives), floors, strong, one.mark)
    Console().print(table)


def shown(player: str) -> None:
    """Print a player's figures as of his newest landed deed."""
    past = _landed(player, _now())
    pack = packs().get(past.jurisdiction)
    if pack is None:
        raise NotReadyError(
            f"player {player} has no jurisdiction among the landed facts",
            expected="his registration, and a pack for it",
        )
    scene = scene_of(past, pack.zone)
    reached = {marker.name: bounds for marker, _, bounds in met_of(scene, pack)}
    table = Table("marker", "figure", "value", "what it is", "bounds reached")
    for marker in known_markers().values():
        for name, value in marker.values(scene).items():
            bounds = ", ".join(sorted(reached.get(marker.name, ())))
            table.add_row(marker.name, name, str(value), marker.gives[name], bounds)
    console = Console()
    console.print(f"{player}, {past.jurisdiction}, as of {utc_text(scene.now_us)}", markup=False)
    console.print(table)


def watched(where: Where, log: str, *, until_caught_up: bool, acts_on_all: bool) -> Counts:
    """Follow the event log; return what came of it."""
    console = Console(stderr=True)
    with desk_at(where) as desk, closing(open_log(log)) as opened, stopping() as stop:
        live = LiveMarkers(
            desk, {name: judge.pack for name, judge in desk.judges.items()},
            settings_from().base_currency, SystemClock(), None if acts_on_all else ACTS_ON_US,
        )  # fmt: skip
        with console.status("reading the log") as status:

            def said(_count: int) -> None:
                counts = live.counts
                status.update(f"{counts.deeds:,} deeds of {len(live.watch.pasts):,} players")

            follow(opened, live, stop, Following(until_caught_up, said))
    counts = live.counts
    console.print(
        f"{counts.deeds} deeds, {counts.said} markers said, {counts.known} said before, "
        f"{counts.unruled} of players under no pack in use, {counts.unread} lines unread"
    )
    return counts


def evaluations(where: Where) -> bool:
    """Print which interventions wait for a look at what came of them; say whether none is late."""
    table, now, late = Table("player", "rule", "opened (UTC)", "due (UTC)"), _now(), 0
    for duty in _open(where, ""):
        is_late = duty.due_us is not None and duty.due_us < now
        late += is_late
        due = "" if duty.due_us is None else utc_text(duty.due_us)
        style = "bold red" if is_late else ""
        table.add_row(duty.player, duty.rule, utc_text(duty.opened_us), due, style=style)
    Console().print(table)
    return not late


def evaluated(where: Where, player: str, staff_id: str) -> None:
    """Compare a player's play before and after what was done, and have the desk keep it.

    Raises:
        NotReadyError: nothing waits to be evaluated, or not a whole day has passed.
    """
    waiting = _open(where, player)
    if not waiting:
        raise NotReadyError(f"nothing done about {player} waits for a look at what came of it")
    acted_us, now_us = min(duty.opened_us for duty in waiting), _now()
    with desk_at(where) as desk:
        effect = _effect(desk, player, (acted_us, now_us))
        done = DutyDone(
            at_us=now_us, duty_kind=EVALUATE, staff_id=staff_id, result=effect.result,
            content=msgspec.json.encode(effect).decode(),
            request_id=f"evaluate/{waiting[0].duty_id}",
        )  # fmt: skip
        desk.ask(player, done)
    _print(effect)


def _effect(desk: ComplianceDesk, player: str, span: tuple[int, int]) -> Effect:
    standing = desk.standing(player)
    if standing is None:
        raise NotReadyError(f"player {player} is not enrolled", hint="evenhand compliance enrol")
    zone = desk.judges[standing.jurisdiction].pack.zone
    effect = effect_of(_landed(player, span[1]), zone, *span)
    if effect is None:
        raise NotReadyError("not a whole day has passed since", hint="evenhand markers due")
    return effect


def _print(effect: Effect) -> None:
    table = Table("figure", f"{effect.days} days before", f"{effect.days} days after")
    before, after = msgspec.structs.asdict(effect.before), msgspec.structs.asdict(effect.after)
    for name, value in before.items():
        table.add_row(name, f"{value:,}", f"{after[name]:,}")
    Console().print(table)
    Console().print(effect.result)


def _open(where: Where, player: str) -> list[Duty]:
    duty = table_of(Duty)
    wanted = select(duty).where(duty.c.state == "active", duty.c.kind == EVALUATE)
    if player:
        wanted = wanted.where(duty.c.player == player)
    with reading(address(where.ledger)) as connection:
        rows = connection.execute(wanted.order_by(duty.c.due_us, duty.c.duty_id)).all()
    return msgspec.convert([tuple(row) for row in rows], list[Duty])


def _landed(player: str, until_us: int) -> Past:
    with open_warehouse(settings_from().warehouse) as connection:
        return past_of(connection, player, until_us)


def _now() -> int:
    return instant_us(SystemClock().now())
