"""A game's launch: its session, what is told of it, and what play in it is told to be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.compliance.desk import ComplianceDesk
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.standing import Hold, Limit, Standing
from core.errors import DeclarationError, NotReadyError
from core.ledger.ledger import Ledger
from core.ledger.migrate import migrate
from core.ledger.open_ledger import open_backend
from core.ledger.reading import reading
from core.ledger.rows import GameSession
from core.ledger.schema import table_of
from core.ledger.wallets import open_wallet, set_state
from core.log.open_log import open_log
from core.wallet.catalogue import Game as CatalogueGame
from core.wallet.catalogue import catalogue_of
from core.wallet.configuration import settings_of
from core.wallet.launching import Launch, launch_game
from core.wallet.sessions import Session, session_hash
from pipelines.wallet_launch import launched_token
from tests.core.wallet.hub88_game import Game
from tests.core.wallet.wallet_server import WalletServer

AWAY = Hold(kind="time_out", since_us=0, rule="MT-TO-1", ends_by="lift")
PROVIDERS = Path(__file__).with_name("providers.yaml")
TOLD_WITHIN_S = 20.0


def launched(wallet: WalletServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `evenhand wallet launch`."""
    command = [sys.executable, "-m", "pipelines", "wallet", "launch", *arguments]
    return subprocess.run(
        [*command, "--providers", str(PROVIDERS), "--ledger", wallet.ledger_url],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def told(wallet: WalletServer, player: str, count: int) -> list[dict[str, Any]]:
    """Return the events of a player, once there are so many."""
    address = os.environ.get("EVENHAND_LOG") or f"sqlite:///{wallet.home / 'log.sqlite'}"
    deadline = time.monotonic() + TOLD_WITHIN_S
    while True:
        with closing(open_log(address)) as log:
            found = [
                json.loads(line)
                for partition in range(log.partitions)
                for batch in log.read_range(partition, 0, log.bounds(partition).end)
                for line in batch.value
            ]
        events = [event for event in found if event["subject"] == player]
        if len(events) >= count or time.monotonic() > deadline:
            return events


def test_a_launched_session_plays_and_is_told_of_once(wallet: WalletServer, player: str) -> None:
    wallet.fund(player, "100")

    run = launched(wallet, player, "hub_strict", "magic")

    assert run.returncode == 0, run.stderr
    game = Game(wallet, player, "hub_strict", is_hub88=True, token=run.stdout.strip())
    assert game.move("bet", "b", amount=500_000)["status"] == "RS_OK"
    events = {event["type"]: event["data"] for event in told(wallet, player, 3)}
    [launch] = [data for kind, data in events.items() if "launched" in kind]
    [bet] = [data for kind, data in events.items() if "bet_placed" in kind]
    named = {
        "session_id": session_hash(game.token), "game_id": "magic", "vendor_id": "forester",
        "game_type": "slots", "volatility": "high",
    }  # fmt: skip
    assert launch.items() >= named.items()
    assert bet.items() >= (named | {"game_name": "Magic Forest"}).items()
    assert (bet["amount"], bet["currency"]) == ("5.00", "EUR")
    assert game.token not in json.dumps(list(events.values()))


@pytest.mark.parametrize(
    ("provider", "game", "said"),
    [("nobody", "magic", "no provider"), ("hub_strict", "removed", "no game removed")],
)
def test_a_launch_of_what_is_not_there_says_so(
    wallet: WalletServer, player: str, provider: str, game: str, said: str
) -> None:
    wallet.fund(player, "1")

    run = launched(wallet, player, provider, game)

    assert run.returncode != 0
    assert said in " ".join(run.stderr.split())
    assert not run.stdout


def test_nobody_plays_without_an_open_wallet_in_the_currency(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    with closing(open_backend(url)) as backend:
        ledger, session = Ledger(backend), Session("hub", "t")
        with pytest.raises(NotReadyError, match="no wallet"):
            launch_game(ledger, session, Launch("p1", "EUR", "magic", 1))
        open_wallet(backend, "p1", "EUR", 1)
        with pytest.raises(NotReadyError, match="nothing in USD"):
            launch_game(ledger, session, Launch("p1", "USD", "magic", 1))
        set_state(backend, "p1", "blocked")
        with pytest.raises(NotReadyError, match="blocked"):
            launch_game(ledger, session, Launch("p1", "EUR", "magic", 1))


def test_a_catalogue_lies_beside_the_file_that_names_it() -> None:
    games = catalogue_of(settings_of(PROVIDERS, "hub_strict"))

    assert games is not None
    assert games["lobby"] == CatalogueGame(name="Lobby", game_type="live_casino")
    assert catalogue_of(settings_of(PROVIDERS, "hub")) is None


@pytest.mark.parametrize(
    "text", ["[]", "a: {game_type: cards}", "a: {colour: red}", "a: [", "1: {name: x}"]
)
def test_what_is_no_catalogue_is_named_at_the_start(tmp_path: Path, text: str) -> None:
    path = tmp_path / "games.yaml"
    path.write_text(text)

    with pytest.raises(DeclarationError, match=r"games\.yaml"):
        catalogue_of({"games": str(path)})
    with pytest.raises(NotReadyError, match="elsewhere"):
        catalogue_of({"games": str(tmp_path / "elsewhere")})


@pytest.mark.parametrize("is_let_in", [False, True])
def test_under_packs_a_game_opens_only_if_the_rules_let_the_player_in(
    *, is_let_in: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, pack = f"sqlite:///{tmp_path / 'ledger.sqlite'}", packs()["MT"]
    migrate(url)
    with closing(open_backend(url)) as backend:
        open_wallet(backend, "p1", "EUR", 0)
        ComplianceDesk(backend, {"MT": Judge(pack)}).enrol(
            Standing(
                player="p1", jurisdiction="MT", currency="EUR", pseudonym="x",
                born_on="1990-05-01", verified="full", holds=() if is_let_in else (AWAY,),
                limits=(Limit(limit="deposit", period="day", amount=1, set_us=0),),
            )
        )  # fmt: skip
    monkeypatch.setenv("EVENHAND_PACKS", "MT")

    if is_let_in:
        assert launched_token(url, PROVIDERS, ("p1", "hub_strict", "magic"))
    else:
        with pytest.raises(NotReadyError, match="MT-"):
            launched_token(url, PROVIDERS, ("p1", "hub_strict", "magic"))
    with reading(url) as connection:
        sessions = connection.execute(select(table_of(GameSession))).all()
    assert len(sessions) == is_let_in
