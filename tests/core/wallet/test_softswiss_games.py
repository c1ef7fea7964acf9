"""With a catalogue, new bets on games outside it are refused, and events say what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.ledger.ledger import Asked
from core.providers.softswiss_v1 import SOFTSWISS_V1
from core.providers.softswiss_v2 import SOFTSWISS_V2
from core.wallet.adapter import Provider, Request
from core.wallet.sessions import session_hash
from tests.core.wallet.signed_requests import Said, Seat, signed
from tests.core.wallet.wallet_server import TOKEN, WalletServer


class Player(Seat):
    """Plays `magic` or any other game by either generation of the protocol."""

    def bet(self, game: str, number: str) -> Said:
        name = self.own(number)
        if self.provider == "games_listed":
            action = {"action": "bet", "action_id": name, "amount": 100}
            said = {"user_id": self.player, "game": game, "game_id": "r", "actions": [action]}
            return self.send("play", {**said, "currency": "EUR", "session_id": "secret"})
        move = {"type": "bet", "id_provider": name, "amount": "1"}
        said = {"account_id": self.player, "game_id": game, "round_id": "r", "transactions": [move]}
        return self.send("betwin", {**said, "currency": "EUR", "session_id": "secret"})

    def code(self, said: Said) -> int:
        assert said[0] == 400
        return int(said[1].get("meta", {}).get("api_code") or said[1]["code"])


@pytest.fixture(params=["games_listed", "aggregator_listed"])
def seat(request: pytest.FixtureRequest, wallet: WalletServer, player: str) -> Player:
    wallet.fund(player, "100")
    return Player(wallet, request.param, player)


def test_a_new_bet_on_a_game_outside_the_catalogue_is_refused(seat: Player) -> None:
    first = seat.bet("magic", "b1")
    assert first[0] == 200

    assert seat.code(seat.bet("unheard", "b2")) == 405
    assert seat.bet("unheard", "b1") == first  # known: the catalogue may have changed since
    assert seat.bet("magic", "b2")[0] == 200


def test_events_say_what_the_catalogue_says_and_hide_the_session() -> None:
    settings = {"games": str(Path(__file__).with_name("games.yaml"))}
    provider = Provider("p", {"auth_token": TOKEN}, lambda: "", lambda _: None, settings)
    said = {
        "currency": "EUR", "session_id": "secret", "user_id": "u", "account_id": "u",
        "game": "magic", "game_id": "magic", "round_id": "r",
        "actions": [{"action": "bet", "action_id": "b", "amount": 1}],
        "transactions": [{"type": "bet", "id_provider": "b", "amount": "1"}],
    }  # fmt: skip
    body = json.dumps(said).encode()
    header = {"x-request-sign": signed(body)["X-REQUEST-SIGN"]}

    for adapter, path in ((SOFTSWISS_V1, "play"), (SOFTSWISS_V2, "betwin")):
        asked = adapter.made(provider).asked(Request(path, {}, header, body, 1, "t"))
        assert isinstance(asked, Asked)
        context = asked.call.actions[0].context
        assert (context["game_name"], context["vendor_id"]) == ("Magic Forest", "forester")
        assert context["session_id"] == session_hash("secret")
