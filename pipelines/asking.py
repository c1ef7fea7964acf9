"""A client of the scoring service. Way: `evenhand score` -> here -> HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from core.errors import NotReadyError


def ask_scores(
    url: str, api_key: str, player_id: str, *, models: str = "", explain: bool = False
) -> dict[str, Any]:
    """Return the service's answer on one player.

    Raises:
        NotReadyError: nobody listens there, or the service refused; with its own words.
    """
    asked = {"explain": str(explain).lower()} | ({"models": models} if models else {})
    try:
        response = httpx.get(
            f"{url.rstrip('/')}/v1/players/{quote(player_id, safe='')}/scores",
            params=asked, headers={"X-API-Key": api_key}, timeout=10,
        )  # fmt: skip
    except httpx.TransportError as error:
        raise NotReadyError(
            f"nobody answers at {url} ({error})", hint="start the service: evenhand serve"
        ) from error
    if response.status_code != httpx.codes.OK:
        raise NotReadyError(
            f"the service answered {response.status_code}: {response.text}",
            hint="set EVENHAND_API_KEY to a key of the service" if not api_key else "",
        )
    return dict(response.json())
