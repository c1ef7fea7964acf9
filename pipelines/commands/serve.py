"""`evenhand serve` and `evenhand key`: start the scoring service; make a key for it."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("serve")(serve)
    app.command("key")(key)


def serve(
    host: str = typer.Option("127.0.0.1", help="Address to listen on."),
    port: int = typer.Option(3000, min=1, max=65535, help="Port to listen on."),
    workers: int = typer.Option(
        1, min=1, max=64, envvar="EVENHAND_WORKERS", help="Processes that answer."
    ),
    reload_seconds: float = typer.Option(5.0, min=0.1, help="How often to look for a champion."),
) -> None:
    """Serve scores until interrupted; SIGTERM lets what is in flight finish.

    Keys are read from EVENHAND_API_KEYS (see `evenhand key`).

    Example: evenhand serve --port 3000
    """
    import os
    import signal
    import subprocess
    import sys

    from rich.console import Console

    environment = {**os.environ, "EVENHAND_RELOAD_SECONDS": str(reload_seconds)}
    asked = ["--host", host, "--port", str(port), "--workers", str(workers)]
    service = subprocess.Popen([sys.executable, "-m", "serving", *asked], env=environment)
    signal.signal(signal.SIGTERM, lambda *_: service.terminate())
    signal.signal(signal.SIGINT, lambda *_: service.terminate())
    Console(stderr=True).print(
        f"scores at http://{host}:{port}/v1/players/PLAYER_ID/scores,"
        f" described at http://{host}:{port}/openapi.json"
    )
    raise typer.Exit(max(service.wait(), 0))


def key(
    scope: str = typer.Argument(help="crm: value and churn, or suppressed. risk: harm and fraud."),
) -> None:
    """Make a random key; the service is told only its hash.

    Example: evenhand key crm
    """
    import hashlib
    import secrets

    from rich.console import Console

    if scope not in {"crm", "risk"}:
        raise typer.BadParameter("crm or risk", param_hint="scope")
    made = secrets.token_urlsafe(32)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"for the caller (shown once):  X-API-Key: {made}")
    digest = hashlib.sha256(made.encode()).hexdigest()
    console.print(f"for the service:  EVENHAND_API_KEYS={scope}:{digest}")
