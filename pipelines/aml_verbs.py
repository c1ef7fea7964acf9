"""What `evenhand aml` does. Way: command line -> here -> core.aml -> people of the desk."""

from __future__ import annotations

import getpass
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich import get_console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from sqlalchemy.engine import Engine

from core.aml.access import give_role
from core.aml.desk import By, Case, Desk, open_desk
from core.aml.drafts import Wish, draft_report
from core.aml.filing import file_report, review_report
from core.aml.migrate import migrate
from core.aml.typology import known_typologies
from core.clock import Clock, SystemClock
from core.compliance.calendar import instant_us
from core.settings import settings_from
from pipelines.aml import Span, fact_count, policy_of, scan


def desk_url(url: str) -> str:
    """Return where the desk's own database is: what was said, else a file in the home."""
    return url or f"sqlite:///{settings_from().home / 'aml.sqlite'}"


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Open the desk's database, brought to this version."""
    migrate(desk_url(url))
    engine = open_desk(desk_url(url))
    try:
        yield engine
    finally:
        engine.dispose()


def by_whom(by: str, clock: Clock | None = None) -> By:
    """Return who acts now: who was named, else who is logged in."""
    return By(by or getpass.getuser(), instant_us((clock or SystemClock()).now()))


def scan_warehouse(url: str, since: datetime | None, until: datetime | None) -> None:
    """Scan what was landed, with a progress bar; say how many alerts are new, not of whom."""
    settings, console = settings_from(), get_console()
    migrate(desk_url(url))
    span = Span(_micros(since), _micros(until))
    with Progress(console=console, transient=True) as progress:
        total = fact_count(settings.warehouse, span)
        task = progress.add_task("scanning", total=total)
        done = scan(
            settings.warehouse, desk_url(url), settings.base_currency, span,
            lambda count: progress.update(task, completed=count),
        )  # fmt: skip
    table = Table("pattern", "new alerts")
    for name in known_typologies():
        count = sum(alert.evidence.typology == name for alert in done.raised)
        table.add_row(name, str(count))
    console.print(table)
    console.print(f"{done.facts} facts read, {done.said_before} alerts were there before")


def watch_log(url: str, log_url: str, *, until_caught_up: bool) -> None:
    """Follow the event log until interrupted; say how many alerts are new, not of whom."""
    from core.log.open_log import open_log
    from pipelines.aml_live import Following, LiveWatch, follow

    settings, console, clock = settings_from(), get_console(), SystemClock()
    stop, total = threading.Event(), 0

    def said(count: int) -> None:
        nonlocal total
        total += count
        if count:
            console.print(f"{_utc(instant_us(clock.now()))}  {count} new alerts")

    address = log_url or f"sqlite:///{settings.home / 'log.sqlite'}"
    with closing(open_log(address)) as log, opened(url) as engine:
        live = LiveWatch(engine, settings.base_currency)
        with console.status("reading what was landed"):
            said(len(live.seed(settings.warehouse, instant_us(clock.now()))))
        with _stopping(stop):
            follow(log, live, stop, Following(clock, until_caught_up=until_caught_up), said)
    console.print(
        f"{total} new alerts; {live.unread} lines were no events, {live.held} facts not judged yet"
    )


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the reading after what is being judged."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def show_alerts(url: str, by: str, player: str, most: int) -> None:
    """Print alerts; the look is logged."""
    table = Table("raised (UTC)", "place", "player", "pattern", "what was seen")
    with opened(url) as engine:
        for alert in Desk(engine).alerts(by_whom(by), player=player, most=most):
            seen = alert.evidence
            cells = (_utc(alert.raised_us), alert.jurisdiction, seen.player, seen.typology)
            table.add_row(*map(Text, (*cells, seen.said)))
    get_console().print(table)


def list_cases(url: str, by: str, *, is_open: bool) -> None:
    """Print cases; the look is logged."""
    table = Table("case", "place", "player", "state", "opened (UTC)", "taken by")
    with opened(url) as engine:
        for one in Desk(engine).cases(by_whom(by), is_open=is_open):
            cells = (one.id, one.jurisdiction, one.player, f"{one.state} {one.decision}".strip())
            table.add_row(*map(Text, (*cells, _utc(one.opened_us), one.taken_by)))
    get_console().print(table)


def show_case(url: str, by: str, case_id: str) -> None:
    """Print all of a case; the look is logged."""
    with opened(url) as engine:
        one = Desk(engine).case(by_whom(by), case_id)
    console = get_console()
    state = f"{one.state} {one.decision}".strip()
    console.print(Text(f"case {one.id}, {one.jurisdiction}, player {one.player}: {state}"))
    for line in _case_lines(one):
        console.print(Text(line))


def _case_lines(one: Case) -> Iterator[str]:
    for alert in one.alerts:
        seen = alert.evidence
        yield f"{_utc(alert.raised_us)}  {seen.typology}  {seen.said}"
        for figure in seen.figures:
            yield f"    {figure.name}: {figure.value} {figure.bound}".rstrip()
        for row in seen.transactions:
            yield f"    {_utc(row.at_us)}  {row.kind}  {row.amount} minor  {row.player}  {row.id}"
    for said in one.notes:
        yield f"{_utc(said['at_us'])}  {said['staff_id']} notes: {said['said']}"
    for said in one.assessments:
        yield (
            f"{_utc(said['at_us'])}  {said['staff_id']} {said['step']} {said['decision']}: "
            f"{said['reason']}"
        )


def decide_case(url: str, by: str, case_id: str, said: str, reason: str) -> None:
    """Decide, propose, confirm or send back."""
    with opened(url) as engine:
        desk, who = Desk(engine), by_whom(by)
        if said in ("confirm", "send_back"):
            done = desk.confirm(who, case_id, reason, agrees=said == "confirm")
        else:
            done = desk.decide(who, case_id, said, reason)
    get_console().print(Text(f"case {case_id} is {done.state} {done.decision}".strip()))


def note_case(url: str, by: str, case_id: str, said: str) -> None:
    """Write a note."""
    with opened(url) as engine:
        Desk(engine).note(by_whom(by), case_id, said)


def draft(url: str, by: str, wish: Wish, out: Path | None) -> None:
    """Make a draft; write its page, or print it."""
    with opened(url) as engine:
        who = by_whom(by)
        place = Desk(engine).case(who, wish.case_id).jurisdiction
        kept = draft_report(engine, policy_of(place), who, wish)
    if out is None:
        get_console().print(Text(kept.document))
    else:
        out.write_text(kept.document)
    get_console().print(Text(f"draft {kept.id}, hash {kept.hash[:12]}, not filed"))


def review_draft(url: str, by: str, draft_id: str, reason: str, *, agrees: bool) -> None:
    """Say whether another's draft can be filed."""
    with opened(url) as engine:
        review_report(engine, by_whom(by), draft_id, reason, agrees=agrees)
    get_console().print(Text(f"noted: {draft_id} is {'agreed to' if agrees else 'refused'}"))


def file_draft(url: str, by: str, draft_id: str, reference: str) -> None:
    """Note that a person filed a draft."""
    with opened(url) as engine:
        file_report(engine, by_whom(by), draft_id, reference)
    get_console().print(Text(f"noted: {draft_id} was filed as {reference}"))


def add_staff(url: str, by: str, staff_id: str, place: str, role: str) -> None:
    """Give somebody a role."""
    with opened(url) as engine, engine.begin() as connection:
        who = by_whom(by)
        give_role(connection, staff_id, place, (role, who.at_us, who.staff_id))
    get_console().print(Text(f"{staff_id} has the role {role} in {place}"))


def list_typologies() -> None:
    """Print the patterns that are looked for."""
    table = Table("pattern", "title", "says")
    for one in known_typologies().values():
        table.add_row(one.id, one.title, one.says)
    get_console().print(table)


def _micros(at: datetime | None) -> int | None:
    return None if at is None else instant_us(at.replace(tzinfo=UTC))


def _utc(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")
