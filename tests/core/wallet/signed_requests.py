"""Requests of the SOFTSWISS protocols, signed as they ask. Way: wallet_server -> here -> tests."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.core.wallet.wallet_server import TOKEN, WalletServer, exact

Said = tuple[int, dict[str, Any]]


def signed(body: bytes, secret: str = TOKEN) -> dict[str, str]:
    """Return the header that signs a body."""
    return {"X-REQUEST-SIGN": hmac.new(secret.encode(), body, sha256).hexdigest()}


@dataclass(slots=True)
class Seat:
    """A player at a provider; his ids begin with his own name."""

    wallet: WalletServer
    provider: str
    player: str
    currency: str = "EUR"

    def raw(self, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
        """Send bytes, signed unless headers say otherwise."""
        return self.wallet.post(f"/{self.provider}/{path}", body, headers or signed(body))

    def send(self, path: str, fields: Mapping[str, Any]) -> Said:
        """Send fields, with one nobody knows among them; return status and reply."""
        status, reply = self.raw(path, json.dumps({**fields, "new_field": [1]}).encode())
        return status, exact(reply)

    def own(self, number: str) -> str:
        """Return an id nobody else uses."""
        return f"{self.player}/{number}"
