"""The compliance desk on the command line. Way: `evenhand compliance` -> here -> desk, replay."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from core.clock import SystemClock
from core.compliance.calendar import Zone, instant_us
from core.compliance.check import amount_text
from core.compliance.desk import ComplianceDesk, Reply
from core.compliance.entry import utc_text
from core.compliance.opening import judges_of, keep_packs
from core.compliance.replay import replay
from core.compliance.request import Request, request_types
from core.compliance.standing import Standing
from core.errors import NotReadyError, SourceError
from core.ledger.open_ledger import open_backend
from core.ledger.reading import reading
from core.ledger.rule_rows import Duty
from core.ledger.schema import table_of
from core.ledger.units import units
from core.registers.asking import Registrar
from core.registers.opening import registers_in
from core.settings import settings_from

KEY = "EVENHAND_COMPLIANCE_KEY"
TIMES = frozenset({"time", "session"})
"""Limits counted in seconds."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which ledger, and which packs with which overlay."""

    ledger: str
    packs: str
    overlay: Path | None


def address(ledger: str) -> str:
    """Return the ledger's address; by default a file in the home."""
    return ledger or f"sqlite:///{settings_from().home / 'ledger.sqlite'}"


@contextmanager
def desk_at(where: Where) -> Iterator[ComplianceDesk]:
    """Open the desk of a ledger; its packs are kept there first."""
    names = [name for name in where.packs.replace(",", " ").split() if name]
    judges = judges_of(names or ["all"], where.overlay)
    with closing(open_backend(address(where.ledger))) as backend:
        keep_packs(backend, judges)
        yield ComplianceDesk(backend, judges)


def enrolled(where: Where, player: str, jurisdiction: str, born_on: str) -> None:
    """Give a player a standing under a pseudonym nobody can guess."""
    with desk_at(where) as desk:
        judge = desk.judges.get(jurisdiction)
        if judge is None:
            raise NotReadyError(f"no pack {jurisdiction} in use")
        standing = Standing(
            player=player, jurisdiction=jurisdiction, currency=judge.pack.currency,
            pseudonym=secrets.token_hex(16), born_on=born_on or None, opened_us=_now(),
        )  # fmt: skip
        desk.enrol(standing)
    Console().print(f"{player} is under the rules of {judge.pack.name}", markup=False)


def asked(where: Where, named: tuple[str, str, str], said: Sequence[str]) -> bool:
    """Ask the desk; print the verdict; say whether the wish was granted."""
    player, kind, request_id = named
    with desk_at(where) as desk:
        standing = desk.standing(player)
        if standing is None:
            raise NotReadyError(
                f"player {player} is not enrolled", hint="evenhand compliance enrol"
            )
        fields = {"at_us": _now(), "request_id": request_id, **_fields(kind, said, standing)}
        try:
            request = msgspec.convert(fields, request_types()[kind])
        except msgspec.ValidationError as error:
            raise SourceError(f"{kind}: {error}", hint="evenhand compliance kinds") from error
        with registers_in(os.environ) as registers:
            asking = desk if registers is None else Registrar(desk, registers)
            reply = asking.ask(player, request)
    _print(reply)
    return reply.decision == "allow"


def shown(where: Where, player: str) -> None:
    """Print a player's standing."""
    with desk_at(where) as desk:
        standing = desk.standing(player)
        if standing is None:
            raise NotReadyError(
                f"player {player} is not enrolled", hint="evenhand compliance enrol"
            )
        zone = desk.judges[standing.jurisdiction].pack.zone
    console = Console()
    console.print(f"{player}: {standing.jurisdiction}, {standing.currency}", markup=False)
    console.print(_limits(standing, zone))
    for hold in standing.holds_of(_now()):
        end = "no end by the clock" if hold.until_us is None else zone.local(hold.until_us)
        console.print(f"{hold.kind} since {zone.local(hold.since_us)}: {end}", markup=False)
    for name, at_us in sorted(standing.marks.items()):
        console.print(f"{name}: {zone.local(at_us)}", markup=False)


def listed_duties(ledger: str, *, only_overdue: bool) -> bool:
    """Print what is to be done; say whether nothing is late."""
    duty, now = table_of(Duty), _now()
    wanted = select(duty).where(duty.c.state == "active").order_by(duty.c.due_us, duty.c.duty_id)
    table = Table("player", "what", "rule", "since (UTC)", "due (UTC)")
    late = 0
    with reading(address(ledger)) as connection:
        for row in connection.execute(wanted):
            is_late = row.due_us is not None and row.due_us < now
            late += is_late
            if is_late or not only_overdue:
                due = "" if row.due_us is None else utc_text(row.due_us)
                style = "bold red" if is_late else ""
                table.add_row(
                    row.player, row.kind, row.rule, utc_text(row.opened_us), due, style=style
                )
    Console().print(table)
    return not late


def listed_kinds() -> None:
    """Print every kind of request with its fields."""
    table = Table("kind", "fields", "what it is")
    for kind, request in request_types().items():
        own = [name for name in request.__struct_fields__ if name not in Request.__struct_fields__]
        table.add_row(kind, ", ".join(own), (request.__doc__ or "").partition("\n")[0])
    Console().print(table)


def replayed(ledger: str, chain: str, seq: int) -> bool:
    """Judge an entry again; print the differences; say whether there are none."""
    console = Console(soft_wrap=True, markup=False)
    with reading(address(ledger)) as connection:
        found = replay(connection, chain, seq)
    then = found.then
    console.print(f"{chain} {seq}: {then.event} by {then.rule_id or 'no rule'}, {then.decision}")
    console.print(f"pack {then.pack_id}@{then.pack_version}, {then.pack_hash[:16]}")
    for difference in found.differences:
        console.print(f"differs: {difference}", style="bold red")
    if not found.differences:
        console.print("judged again: the same to the last letter")
    return not found.differences


def served(where: Where, host: str, port: int) -> None:
    """Answer over HTTP until interrupted.

    Raises:
        NotReadyError: callers have no key.
    """
    from concurrent.futures import ThreadPoolExecutor

    import uvicorn

    from core.compliance.app import ComplianceApp
    from pipelines.register_telling import teller_of, telling

    key = os.environ.get(KEY, "")
    if not key:
        raise NotReadyError(f"{KEY} is not set", hint="evenhand key makes one")
    with (
        desk_at(where) as desk,
        registers_in(os.environ) as registers,
        ThreadPoolExecutor(8, "desk") as threads,
    ):
        asking = desk if registers is None else Registrar(desk, registers)
        names = ", ".join(sorted(desk.judges))
        console = Console(stderr=True)
        console.print(f"compliance desk at http://{host}:{port}/ for {names}")
        app = ComplianceApp(asking, desk.standing, key, SystemClock(), threads)
        with ExitStack() as stack:
            if registers is not None:
                teller = teller_of(where, desk, registers)
                stack.enter_context(telling(teller, console.print))
            uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


def _fields(kind: str, said: Sequence[str], standing: Standing) -> Mapping[str, Any]:
    request = request_types().get(kind)
    if request is None:
        raise SourceError(f"a request of kind {kind}", hint="evenhand compliance kinds")
    hints = get_type_hints(request)
    pairs = {name: text for name, _, text in (one.partition("=") for one in said)}
    is_time = pairs.get("limit") in TIMES
    currency = "" if is_time else standing.currency
    return {name: _value(name, text, hints.get(name), currency) for name, text in pairs.items()}


def _value(name: str, text: str, hint: Any, currency: str) -> Any:
    """Read a field: an amount of whole currency, a count, yes or no, a list, a text."""
    kinds = get_args(hint) or (hint,)
    if int in kinds and str not in kinds:
        is_count = name.endswith(("_us", "_s", "_e2", "_e6")) or not currency
        return int(text) if is_count else units(text, currency)
    if bool in kinds:
        return text.lower() in ("true", "yes", "1")
    if any(getattr(one, "__origin__", one) is tuple for one in (hint, *kinds)):
        return tuple(text.split(","))
    return text


def _print(reply: Reply) -> None:
    console = Console(soft_wrap=True, markup=False)
    console.print(f"{reply.decision} ({reply.pack})")
    for found in reply.findings:
        inputs = ", ".join(f"{name} {value}" for name, value in found["inputs"].items())
        console.print(f"  {found['rule']} {found['effect']}: {found['event']} {inputs}")


def _limits(standing: Standing, zone: Zone) -> Table:
    table = Table("limit", "amount", "set", "pending")
    for one in standing.limits:
        is_time = one.limit in TIMES
        words = [
            ""
            if amount is None
            else (f"{amount} s" if is_time else amount_text(amount, standing.currency))
            for amount in (one.amount, one.pending.amount if one.pending else None)
        ]
        from_when = f" from {zone.local(one.pending.effective_us)}" if one.pending else ""
        name = " ".join(filter(None, (one.limit, one.period)))
        table.add_row(name, words[0], str(zone.local(one.set_us)), words[1] + from_when)
    return table


def _now() -> int:
    return instant_us(SystemClock().now())
