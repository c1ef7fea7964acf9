"""Random requests to our wallet and to beexar's reference wallet: no answer differs.

    python -m venv judge && judge/bin/pip install beexar==1.1.0
    pip download --no-binary :all: --no-deps beexar==1.1.0 && tar xf beexar-1.1.0.tar.gz
    cp beexar-1.1.0/examples/inmemory_wallet.py judge/lib/python3.*/site-packages/
    EVENHAND_BEEXAR_PYTHON=judge/bin/python EVENHAND_BEEXAR_CALLS=5000 \
        pytest -n0 tests/core/wallet/test_softswiss_v2_beexar.py
"""

from __future__ import annotations

import os
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.core.wallet.beexar_calls import FUNDED, Calls
from tests.core.wallet.beexar_difference import Difference, Ours, judging
from tests.core.wallet.wallet_server import WalletServer

JUDGE = os.environ.get("EVENHAND_BEEXAR_PYTHON", "")
CALLS = int(os.environ.get("EVENHAND_BEEXAR_CALLS", "400"))
SEED = int(os.environ.get("EVENHAND_BEEXAR_SEED", "1"))
PLAYERS = 10


@pytest.mark.skipif(not JUDGE, reason="set EVENHAND_BEEXAR_PYTHON to an interpreter with beexar")
def test_no_answer_differs_from_the_reference_wallets(wallet: WalletServer, player: str) -> None:
    players = [f"{player}-{number}" for number in range(PLAYERS)]
    for each in players:
        wallet.fund(each, FUNDED)
    ours = Ours(HTTPConnection("127.0.0.1", wallet.port, timeout=30), "aggregator")

    with judging(Path(JUDGE), players) as judge:
        run = Difference(judge, ours, Calls(SEED, players))
        run.run(CALLS)
    ours.connection.close()

    met = (f"{number:6} {kind}" for kind, number in sorted(run.met.items()))
    report = "\n".join([*met, *run.found])
    if place := os.environ.get("EVENHAND_BEEXAR_REPORT"):
        with Path(place).open("a") as file:
            file.write(f"{CALLS} calls, seed {SEED}, {len(run.found)} differ\n{report}\n")
    assert run.found == [], report
