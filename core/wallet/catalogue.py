"""What a provider's games are. Way: a YAML file (setting `games`) -> here -> adapters, launching.

    cg_magicforest: {name: Magic Forest, game_type: slots, volatility: high, vendor: caleta}

Without a catalogue every game is let in, and events say of it what the request says.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from core.errors import DeclarationError, NotReadyError
from core.events.families.game import GameType, Volatility


class Game(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A game; `vendor` is whose it is where the provider passes on those of others."""

    name: str = ""
    game_type: GameType = "other"
    volatility: Volatility = "unknown"
    vendor: str = ""


Catalogue = Mapping[str, Game]


def catalogue_of(settings: Mapping[str, Any]) -> Catalogue | None:
    """Return the games a provider's settings name a file of, None without one.

    Raises:
        NotReadyError: there is no such file.
        DeclarationError: it says of a game what none has.
    """
    place = settings.get("games")
    if place is None:
        return None
    path = Path(str(place))
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        return msgspec.convert({} if said is None else said, dict[str, Game])
    except OSError as error:
        raise NotReadyError(f"no games at {path}", hint="see docs/wallet.md") from error
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise DeclarationError(
            f"{path} is no catalogue: {error}",
            expected="game code: {name, game_type, volatility, vendor}",
        ) from error


def game_context(games: Catalogue | None, provider: str, game_id: str) -> dict[str, str]:
    """Return what events are to say of a game."""
    game = (games or {}).get(game_id, Game())
    return {
        "game_id": game_id, "game_name": game.name, "game_type": game.game_type,
        "volatility": game.volatility, "vendor_id": game.vendor or provider,
    }  # fmt: skip
