"""What an operator may set of the service. Way: environment -> here -> serving.service.

Keys are never kept in clear: `EVENHAND_API_KEYS` holds `scope:sha256-of-the-key`, comma separated.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import NotReadyError
from serving.auth import ApiKey, Scope

WORKERS_MAX = 64
RG_SILENCE_S = 3_600.0
HARM_THRESHOLD = 0.1  # docs/adr/0005-harm-threshold.md
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """Bounds and thresholds of the service; times in seconds.

    `harm_threshold`: value scores of a player whose harm probability reaches it stay in the house.
    `deadline_s`: one player is answered by then, if need be with his last known score.
    `rg_silence_s`: everybody is protected once live states were not fed for so long.
    """

    api_keys: tuple[ApiKey, ...]
    harm_threshold: float = HARM_THRESHOLD
    reload_s: float = 5.0
    deadline_s: float = 0.5
    batch_deadline_s: float = 4.0
    reason_count: int = 5
    last_known_count: int = 20_000
    rg_silence_s: float = RG_SILENCE_S


def workers_wanted(environ: Mapping[str, str] | None = None) -> int:
    """Return how many processes answer; `bentoml serve` has no option for it, its config has.

    Raises:
        NotReadyError: it is no number from 1 to 64.
    """
    text = (os.environ if environ is None else environ).get("EVENHAND_WORKERS", "1")
    if not text.isdecimal() or not 1 <= int(text) <= WORKERS_MAX:
        raise NotReadyError(f"EVENHAND_WORKERS={text!r}", expected=f"1 to {WORKERS_MAX}")
    return int(text)


def serving_settings_from(environ: Mapping[str, str] | None = None) -> ServingSettings:
    """Read the settings.

    Raises:
        NotReadyError: no key is configured, or a setting cannot be read.
    """
    env = os.environ if environ is None else environ
    return ServingSettings(
        api_keys=_keys(env.get("EVENHAND_API_KEYS", "")),
        harm_threshold=_number(env, "EVENHAND_HARM_THRESHOLD", HARM_THRESHOLD, most=1.0),
        reload_s=_number(env, "EVENHAND_RELOAD_SECONDS", 5.0, most=3600.0),
        deadline_s=_number(env, "EVENHAND_DEADLINE_SECONDS", 0.5, most=4.0),
        rg_silence_s=_number(env, "EVENHAND_RG_SILENCE_SECONDS", RG_SILENCE_S, most=172_800.0),
    )


def _keys(text: str) -> tuple[ApiKey, ...]:
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    if not entries:
        raise NotReadyError(
            "no API key is configured",
            expected="EVENHAND_API_KEYS=crm:<sha256>,risk:<sha256>",
            hint="`evenhand key crm` makes a key and the line to configure",
        )
    return tuple(_key(entry) for entry in entries)


def _key(entry: str) -> ApiKey:
    scope, _, digest = entry.partition(":")
    if scope not in set(Scope) or not _DIGEST.fullmatch(digest):
        raise NotReadyError(
            f"an entry of EVENHAND_API_KEYS has scope {scope!r} and {len(digest)} characters",
            expected=f"one of {', '.join(Scope)}, a colon, 64 hexadecimal digits",
        )
    return ApiKey(Scope(scope), digest)


def _number(env: Mapping[str, str], name: str, usual: float, *, most: float) -> float:
    text = env.get(name, str(usual))
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0.0 < value <= most:
        raise NotReadyError(f"{name}={text!r}", expected=f"a number above 0, at most {most:g}")
    return value
