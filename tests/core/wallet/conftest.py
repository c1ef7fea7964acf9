"""The wallet as its own process, on a ledger of each kind. Way: fixtures -> here -> the tests.

One process serves a whole module: tests take players and providers of their own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.ledger.migrate import migrate
from tests.core.wallet.rsa_signing import HUB_KEY, public_pem
from tests.core.wallet.wallet_server import SECRETS, WalletServer
from tests.services.server import missing

JUDGES = Path(__file__).resolve().parents[3] / ".venv-judges"


@pytest.fixture(scope="session")
def judges() -> Path:
    """The folder of the programs that judge the wallet; `make judges` fills it."""
    if not (JUDGES / "installed").is_file():
        missing("the outside judges are not installed", "make judges")
    return JUDGES / "bin"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def wallet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WalletServer]:
    """A running wallet with the providers of `providers.yaml` beside this file."""
    folder = tmp_path_factory.mktemp("wallet")
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    if request.param == "postgresql":
        url = _database(request.getfixturevalue("postgres_url"))
    migrate(url)
    known = {**SECRETS, HUB_KEY: public_pem()}
    server = WalletServer(url, Path(__file__).with_name("providers.yaml"), folder, known)
    with server.running():
        yield server


@pytest.fixture
def player() -> str:
    """A player nobody else has."""
    return f"p-{uuid.uuid4().hex[:12]}"


def _database(server_url: str) -> str:
    name = f"wallet_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server_url.rsplit("/", 1)[0] + f"/{name}"
