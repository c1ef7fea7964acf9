"""Caleta by its own description: what Schemathesis makes of it is answered as it says."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from core.ledger.ledger import Ledger
from core.ledger.open_ledger import open_backend
from core.wallet.launching import Launch, launch_game
from core.wallet.sessions import Session
from tests.core.wallet import schemathesis_caleta as judge
from tests.core.wallet.rsa_signing import private_key
from tests.core.wallet.wallet_server import WalletServer

ROOT = Path(__file__).resolve().parents[3]
JUDGES = Path(os.environ.get("EVENHAND_JUDGES", ROOT.parent / "shared/judges"))
SCHEMA = JUDGES / "caleta_oapi3.yaml"
EXAMPLES = min(int(os.environ.get("EVENHAND_EXAMPLES", "400")), 2_000) // 4
TIMEOUT_S = 200 + EXAMPLES


@pytest.mark.skipif(not SCHEMA.is_file(), reason=f"no {SCHEMA}: set EVENHAND_JUDGES")
@pytest.mark.timeout(60 + TIMEOUT_S)
def test_whatever_the_schema_allows_is_answered_as_it_says(
    judges: Path, wallet: WalletServer, player: str, tmp_path: Path
) -> None:
    wallet.fund(player, "1000")
    _begin(wallet, player, [player, *(f"{player}-{number}" for number in range(judge.SPARE))])
    (tmp_path / "key.pem").write_bytes(
        private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    environment = {
        **os.environ, judge.KEY: str(tmp_path / "key.pem"), judge.TOKEN: player,
        judge.ANSWERS: str(tmp_path / "answers"), "SCHEMATHESIS_HOOKS": "schemathesis_caleta",
        "PYTHONPATH": str(Path(judge.__file__).parent),
    }  # fmt: skip
    address = f"http://127.0.0.1:{wallet.port}/caleta"

    run = subprocess.run(
        judge.command(judges / "schemathesis", SCHEMA, address, EXAMPLES), env=environment,
        check=False, capture_output=True, timeout=TIMEOUT_S, cwd=tmp_path,
    )  # fmt: skip

    answers = Counter((tmp_path / "answers").read_text().splitlines())
    assert run.returncode == 0, run.stdout.decode() + run.stderr.decode()
    for call in ("check", "balance", "bet", "win", "rollback"):
        assert answers[f"/wallet/{call} 200 RS_OK"], answers
    assert answers["/wallet/bet 200 RS_ERROR_WRONG_TYPES"], answers


def _begin(wallet: WalletServer, player: str, tokens: list[str]) -> None:
    with closing(open_backend(wallet.ledger_url)) as backend:
        ledger = Ledger(backend)
        for token in tokens:
            launch_game(ledger, Session("caleta", token), Launch(player, "EUR", "magic", 1))
