"""A player in a game of a provider of Hub88's family. Way: test_hub88, test_caleta -> here."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from core.ledger.ledger import Ledger
from core.ledger.open_ledger import open_backend
from core.wallet.launching import Launch, launch_game
from core.wallet.sessions import Session
from tests.core.wallet.rsa_signing import signature
from tests.core.wallet.wallet_server import WalletServer, exact


@dataclass
class Game:
    """Sends signed requests as `provider`; `is_hub88` says whose words they are in.

    Ids begin with the player's, so that tests on one ledger keep apart.
    """

    wallet: WalletServer
    player: str
    provider: str
    is_hub88: bool
    currency: str = "EUR"
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    def begin(self) -> Game:
        """Begin the session."""
        with closing(open_backend(self.wallet.ledger_url)) as backend:
            launch = Launch(self.player, self.currency, "magic", 1)
            launch_game(Ledger(backend), Session(self.provider, self.token), launch)
        return self

    def ask(self, call: str, **fields: Any) -> dict[str, Any]:
        """Send a request with the fields every request has; return the reply."""
        own = {"user": self.player} if self.is_hub88 else {"supplier_user": self.player}
        body = {"token": self.token, "request_uuid": "q", "game_code": "magic", **own}
        status, raw = self.send(call, {**body, "unheard_of": [1], **fields})
        assert status == 200
        return exact(raw)

    def send(
        self, call: str, body: bytes | Mapping[str, Any], signed: str | None = None
    ) -> tuple[int, bytes]:
        """Send a body; return status and bytes."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        header = "X-Hub88-Signature" if self.is_hub88 else "X-Auth-Signature"
        headers = {header: signature(raw) if signed is None else signed}
        return self.wallet.post(f"/{self.provider}/{self.path(call)}", raw, headers)

    def path(self, call: str) -> str:
        """Return the path of a call."""
        if not self.is_hub88:
            return f"wallet/{call}"
        return f"user/{call}" if call in {"info", "balance"} else f"transaction/{call}"

    def own(self, number: str) -> str:
        """Return an id nobody else uses."""
        return f"{self.player}/{number}"

    def move(self, call: str, number: str, of: str = "", **fields: Any) -> dict[str, Any]:
        """Send a transaction, about another one if `of` says so."""
        return self.ask(call, **{**self.moving(call, number, of), **fields})

    def moving(self, call: str, number: str, of: str = "") -> dict[str, Any]:
        """Return the fields of a transaction."""
        said: dict[str, Any] = {
            "transaction_uuid": self.own(number), "round": self.own("r"), "round_closed": False,
        }  # fmt: skip
        if call != "rollback":
            said |= {"currency": self.currency, "is_free": False}
        return said | ({"reference_transaction_uuid": self.own(of)} if of else {})

    def balance(self) -> int:
        """Return what is there, x 100,000."""
        return int(self.ask("balance")["balance"])
