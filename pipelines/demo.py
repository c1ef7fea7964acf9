"""The whole way once, as a newcomer would type it. Way: simulate -> ... -> an explained score.

Every step is a verb of the command line in a process of its own, printed before it runs, so that
the demo shows nothing one cannot do oneself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from rich.console import Console

from core.errors import NotReadyError
from core.rg_store import RgStateReader
from core.settings import Settings
from features.sources import open_warehouse
from pipelines.asking import ask_scores

EVENHAND = (sys.executable, "-m", "pipelines")
APPROVERS = ("--approver", "demo-scientist", "--approver", "demo-risk-lead")
READY_S = 90
_LAST_IN = "SELECT player_id FROM {fact} GROUP BY 1 ORDER BY MAX(recorded_at) DESC, 1 LIMIT 50"


@dataclass(frozen=True, slots=True)
class Step:
    """One verb, with the sentence that says what it is for."""

    why: str
    verb: tuple[str, ...]


def steps(*, players: int, days: int, seed: int) -> tuple[Step, ...]:
    """Return the verbs up to four registered models, in order."""
    size = ("--players", str(players), "--days", str(days), "--seed", str(seed))
    return (
        Step("A casino with causes: value, taste, harm, churn, fraud", ("simulate", *size)),
        Step("Each event once into the warehouse, counted", ("land",)),
        Step("Tell Feast what features there are", ("features", "apply")),
        Step("Every player's features as of the last known instant", ("features", "backfill")),
        Step("Put them where the service reads", ("features", "materialize")),
        Step("Who must be left alone", ("rg-state", "build")),
        Step(
            "Four models: label, train, calibrate, judge, promote",
            ("train", "all", "--promote", *APPROVERS),
        ),
    )


def run_steps(todo: tuple[Step, ...], console: Console) -> None:
    """Run the verbs one after the other; the first that fails ends the demo."""
    for number, step in enumerate(todo, 1):
        console.rule(f"{number}/{len(todo) + 1}  {step.why}", align="left")
        console.print(f"$ evenhand {' '.join(step.verb)}", style="bold")
        began = time.perf_counter()
        done = subprocess.run([*EVENHAND, *step.verb], check=False)
        if done.returncode:
            raise NotReadyError(
                f"`evenhand {' '.join(step.verb)}` ended with {done.returncode}",
                expected="0",
                hint="its own message stands above; on few players models miss their cards",
            )
        console.print(f"[dim]{time.perf_counter() - began:.1f} s[/]")


@contextmanager
def serving(console: Console) -> Iterator[Mapping[str, str]]:
    """Serve on a free loopback port with keys made for this run; yields the environment to ask."""
    port = _free_port()
    keys = {scope: secrets.token_urlsafe(24) for scope in ("crm", "risk")}
    listed = ",".join(f"{s}:{hashlib.sha256(k.encode()).hexdigest()}" for s, k in keys.items())
    environment = {**os.environ, "EVENHAND_API_KEYS": listed}
    console.print(f"$ evenhand serve --port {port}", style="bold")
    server = subprocess.Popen([*EVENHAND, "serve", "--port", str(port)], env=environment)
    try:
        _wait_until_ready(server, f"http://127.0.0.1:{port}/readyz")
        url = f"http://127.0.0.1:{port}"
        yield {"url": url, "crm": keys["crm"], "risk": keys["risk"]}
    finally:
        server.terminate()
        server.wait(timeout=30)


def ask(console: Console, served: Mapping[str, str], scope: str, player_id: str) -> None:
    """Ask for a player's scores as one of the two callers would."""
    verb = ("score", player_id, *(("--explain",) if scope == "risk" else ()))
    console.print(f"$ EVENHAND_API_KEY=<{scope}> evenhand {' '.join(verb)}", style="bold")
    environment = {**os.environ, "EVENHAND_API_KEY": served[scope], "EVENHAND_URL": served["url"]}
    subprocess.run([*EVENHAND, *verb], env=environment, check=False)


def keep_serving(console: Console, served: Mapping[str, str]) -> None:
    """Tell how to ask, and serve until interrupted. The keys are of this run alone."""
    console.print(f"Serving at {served['url']}/docs until Ctrl-C. Keys of this run:")
    console.print(f"  crm  {served['crm']}\n  risk {served['risk']}")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def players_to_show(settings: Settings) -> tuple[list[str], str]:
    """Return the players free of any hold who bet last, and one who excluded himself.

    Raises:
        NotReadyError: the warehouse holds no such two players.
    """
    with open_warehouse(settings.warehouse) as warehouse:
        bettors = warehouse.execute(_LAST_IN.format(fact="bet_placed")).fetchall()
        excluded = warehouse.execute(_LAST_IN.format(fact="player_self_excluded")).fetchall()
    reader = RgStateReader(settings.rg_state)
    free = _chosen([p for (p,) in bettors], reader, is_held=False)
    held = _chosen([p for (p,) in excluded], reader, is_held=True)
    reader.close()
    if not (free and held):
        raise NotReadyError("no player fit to show", expected="facts of a whole operator")
    return free, held[0]


def first_allowed(served: Mapping[str, str], player_ids: list[str]) -> str:
    """Return the first whose scores the CRM may see; without one, the first.

    A player free of holds may still be kept from the CRM for his risk of harm.
    """
    for player_id in player_ids:
        if ask_scores(served["url"], served["crm"], player_id)["code"] == "allowed":
            return player_id
    return player_ids[0]


def _chosen(player_ids: list[str], reader: RgStateReader, *, is_held: bool) -> list[str]:
    return [
        player_id
        for player_id, known in reader.look_up(player_ids).items()
        if known.state is not None
        and known.known_at is not None
        and bool(known.state.in_force(known.known_at)) is is_held
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        time.sleep(0.2)
    raise NotReadyError("the scoring service did not become ready", expected=f"200 from {url}")
