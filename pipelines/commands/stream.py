"""`evenhand stream`: players' states kept live from the event log. Way: log -> here -> scores."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
_RUN = """
Keep every player's state as new as the event log, until interrupted. SIGTERM and Ctrl-C end it
after a last flush. Several workers share the log's partitions; start as many as you like.

The log is EVENHAND_LOG (a SQLite file in the home by default), the states are in
EVENHAND_ONLINE_STORE (redis://...; a SQLite file by default). Events polled at a time are
EVENHAND_STREAM_BATCH (5000); EVENHAND_STREAM_CHECK_SECONDS (0, never) compares served values of a
sample with the warehouse now and then, for /metrics.

Examples:

  evenhand stream run

  evenhand stream run --until-caught-up                  read what there is, then end

  evenhand stream run --metrics-port 9108 --flush-seconds 0.5
"""
_FEED = """
Append an operator's history to the event log, in the order in which it became known.

Examples:

  evenhand stream feed                                   everything landed

  evenhand stream feed var/raw                           raw facts, repetitions and all

  evenhand stream feed events.ndjson --again             a file of events, behind what is there

  evenhand stream feed --since 2026-03-01
"""
_REBUILD = """
Build the states of the views as declared from the beginning, beside those that answer, then switch.
Run it after a view has changed. With --warehouse, facts the log no longer holds are taken from the
warehouse first.

Examples:

  evenhand stream rebuild

  evenhand stream rebuild --warehouse --no-switch        look first: `evenhand stream check`

  evenhand stream rebuild --again                        the same views, the states are lost
"""
_LETTERS = """
Feed messages nobody could read back into the log: mended by hand, or readable by now. Without a
file, all of this generation's dead letters; with --late, the facts set aside as too late, those
that were never applied before and only those.

Examples:

  evenhand stream letters replay --dry-run

  evenhand stream letters replay var/dead_letter/stream/1a2b3c4d5e6f/partition-00000.jsonl

  evenhand stream letters replay --late
"""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="States of players, live from the event log.")
    group.command("run", help=_RUN)(run)
    group.command("feed", help=_FEED)(feed)
    group.command("rebuild", help=_REBUILD)(rebuild)
    group.command("switch")(switch)
    group.command("drop")(drop)
    group.command("status")(status)
    group.command("check")(check)
    letters = typer.Typer(no_args_is_help=True, help="Messages set aside: unreadable, or too late.")
    letters.command("list")(letters_list)
    letters.command("replay", help=_LETTERS)(letters_replay)
    group.add_typer(letters, name="letters")
    app.add_typer(group, name="stream")


def run(
    flush_events: Annotated[
        int, typer.Option(min=1, help="Commit after so many, or a second.")
    ] = 50_000,
    flush_seconds: Annotated[
        float, typer.Option(min=0.001, help="Between two writes of states.")
    ] = 0.02,
    resident: Annotated[int, typer.Option(min=1, help="Players kept in memory.")] = 200_000,
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="End when nothing is left to read.")
    ] = False,
    metrics_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Prometheus /metrics on 127.0.0.1; 0 is none.")
    ] = 0,
) -> None:
    """Keep the states as new as the log; its help is `_RUN`."""
    from pipelines.stream.verbs import Wanted, run_worker

    run_worker(Wanted(flush_events, flush_seconds, resident, metrics_port, until_caught_up))


def feed(
    source: Annotated[
        Path | None, typer.Argument(help="A folder of raw facts or an NDJSON file; the warehouse.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DATES, help="Facts recorded from then on, UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DATES, help="Facts recorded before, UTC.")
    ] = None,
    partitions: Annotated[int, typer.Option(min=1, help="Of the log, if it is not there yet.")] = 3,
    again: Annotated[
        bool, typer.Option("--again", help="Even though the log holds events.")
    ] = False,
) -> None:
    """Append a history to the log; its help is `_FEED`."""
    from pipelines.stream.feeding import Feeding, run_feed

    run_feed(Feeding(source, since, until, partitions, again))


def rebuild(
    warehouse: Annotated[
        bool, typer.Option("--warehouse", help="Begin with what has landed and is not in the log.")
    ] = False,
    then_switch: Annotated[
        bool, typer.Option("--switch/--no-switch", help="Let it answer when it is whole.")
    ] = True,
    again: Annotated[
        bool, typer.Option("--again", help="Even though it answers now: it stops until rebuilt.")
    ] = False,
) -> None:
    """Build a generation from the beginning; its help is `_REBUILD`."""
    from pipelines.stream.rebuilding import run_rebuild

    run_rebuild(from_warehouse=warehouse, then_switch=then_switch, again=again)


def switch(
    generation: Annotated[str, typer.Argument(help="Which; that of the declared views.")] = "",
) -> None:
    """Let a generation answer from now on.

    Example: evenhand stream switch
    """
    from pipelines.stream.verbs import run_switch

    run_switch(generation)


def drop(generation: Annotated[str, typer.Argument(help="One that does not answer.")]) -> None:
    """Forget the states of an old generation.

    Example: evenhand stream drop 1a2b3c4d5e6f
    """
    from pipelines.stream.verbs import run_drop

    run_drop(generation)


def status() -> None:
    """Show which generation answers, and how far every partition is.

    Example: evenhand stream status
    """
    from pipelines.stream.verbs import run_status

    run_status()


def check(
    sample: Annotated[int, typer.Option(min=1, help="Players compared.")] = 200,
    seed: Annotated[int, typer.Option(help="Which players.")] = 7,
) -> None:
    """Recompute served values from landed facts; print every difference, end with 1 if any.

    Example: evenhand stream check --sample 1000
    """
    from pipelines.stream.verbs import run_check

    run_check(sample, seed)


def letters_list() -> None:
    """Count what was set aside, by reason.

    Example: evenhand stream letters list
    """
    from pipelines.stream.replaying import run_list

    run_list()


def letters_replay(
    file: Annotated[Path | None, typer.Argument(help="A file of letters, mended or not.")] = None,
    late: Annotated[bool, typer.Option("--late", help="Facts that came too late.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be fed; feed nothing.")
    ] = False,
) -> None:
    """Feed letters back; its help is `_LETTERS`."""
    from pipelines.stream.replaying import run_replay

    run_replay(file, late=late, dry_run=dry_run)
