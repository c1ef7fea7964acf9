"""Random requests to our wallet and to beexar's reference wallet: no answer differs.

`make judges` installs it; as long as wanted, with what was met of each kind in a file:

    EVENHAND_BEEXAR_CALLS=5000 EVENHAND_BEEXAR_SEED=7 EVENHAND_BEEXAR_REPORT=/tmp/report \
        make test TESTS=tests/core/wallet/test_softswiss_v2_beexar.py
"""

from __future__ import annotations

import os
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.core.wallet.beexar_calls import FUNDED, Calls
from tests.core.wallet.beexar_difference import Difference, Ours, judging
from tests.core.wallet.wallet_server import WalletServer

CALLS = int(os.environ.get("EVENHAND_BEEXAR_CALLS", "400"))
SEED = int(os.environ.get("EVENHAND_BEEXAR_SEED", "1"))
PLAYERS = 10


@pytest.mark.timeout(120 + CALLS)
def test_no_answer_differs_from_the_reference_wallets(
    judges: Path, wallet: WalletServer, player: str
) -> None:
    players = [f"{player}-{number}" for number in range(PLAYERS)]
    for each in players:
        wallet.fund(each, FUNDED)
    ours = Ours(HTTPConnection("127.0.0.1", wallet.port, timeout=30), "aggregator")

    with judging(judges / "python", players) as judge:
        run = Difference(judge, ours, Calls(SEED, players))
        run.run(CALLS)
    ours.connection.close()

    met = (f"{number:6} {kind}" for kind, number in sorted(run.met.items()))
    report = "\n".join([*met, *run.found])
    if place := os.environ.get("EVENHAND_BEEXAR_REPORT"):
        with Path(place).open("a") as file:
            file.write(f"{CALLS} calls, seed {SEED}, {len(run.found)} differ\n{report}\n")
    assert run.found == [], report
