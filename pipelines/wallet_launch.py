"""What `evenhand wallet launch` and `issue` do. Way: command line -> here -> core/wallet."""

from __future__ import annotations

import secrets
from contextlib import closing
from pathlib import Path

from core.clock import SystemClock
from core.compliance.requests.account import PlayAsked
from core.errors import NotReadyError
from core.ledger.backend import LedgerBackend
from core.ledger.ledger import Ledger
from core.ledger.open_ledger import open_backend
from core.ledger.reading import reading
from core.ledger.reads import balances
from core.wallet.catalogue import Catalogue, Game, catalogue_of
from core.wallet.configuration import SESSION_BYTES, settings_of
from core.wallet.launching import Launch, issue_spins, launch_game
from core.wallet.sessions import Session
from pipelines.register_telling import asking_of


def launched_token(
    ledger_url: str, providers: Path, who: tuple[str, str, str], currency: str = ""
) -> str:
    """Begin a session and return its name; `who` is player, provider and game.

    Raises:
        NotReadyError: the player, the provider or the game is none, or the player has several
            currencies and none is named.
    """
    player, provider, game_id = who
    games = catalogue_of(settings_of(providers, provider))
    session = Session(provider, secrets.token_urlsafe(SESSION_BYTES))
    launch = _launch(ledger_url, player, game_id, currency)
    with closing(open_backend(ledger_url)) as backend:
        _ask(backend, launch, games)
        launch_game(Ledger(backend), session, launch, games)
    return session.name


def _ask(backend: LedgerBackend, launch: Launch, games: Catalogue | None) -> None:
    """Ask the rules, after the registers they want asked before play.

    Raises:
        NotReadyError: they refuse, or the player is under no pack that is in use.
    """
    game_type = (games or {}).get(launch.game_id, Game()).game_type or "other"
    play = PlayAsked(at_us=launch.at_us, game_id=launch.game_id, game_type=game_type)
    with asking_of(backend) as asking:
        reply = None if asking is None else asking.ask(launch.player, play)
    if reply is not None and reply.decision != "allow":
        said = reply.findings[0]
        raise NotReadyError(f"{reply.rule}: {said['reason'] or said['event']}")


def give_spins(ledger_url: str, who: tuple[str, str, str], currency: str = "") -> None:
    """Write down to whom free spins are given; `who` is player, provider and issue.

    Raises:
        NotReadyError: the player is none or has several currencies, or the issue is another's.
    """
    player, provider, issue_id = who
    launch = _launch(ledger_url, player, "", currency)
    with closing(open_backend(ledger_url)) as backend:
        issue_spins(Ledger(backend), provider, issue_id, launch)


def _launch(ledger_url: str, player: str, game_id: str, currency: str) -> Launch:
    now = SystemClock().now()
    at_us = int(now.timestamp()) * 1_000_000 + now.microsecond
    return Launch(player, currency or _only_currency(ledger_url, player), game_id, at_us)


def _only_currency(ledger_url: str, player: str) -> str:
    with reading(ledger_url) as connection:
        found = sorted({balance.currency for balance in balances(connection, player)})
    if len(found) != 1:
        raise NotReadyError(
            f"player {player} has {', '.join(found) or 'no currency'}",
            expected="one to play in",
            hint="name it with --currency",
        )
    return found[0]
