"""Which providers are set up, and with which secrets. Way: a YAML file -> here -> handlers.

    providers:
      evolution:                      # its name in the ledger and in the address
        adapter: onewallet
        secrets:
          auth_token: {env: EVOLUTION_TOKEN}     # or {file: /run/secrets/evolution}
        settings: {}

The file names where a secret is, never the secret itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core import providers
from core.discover import declarations
from core.errors import DeclarationError, NotReadyError
from core.ledger.ledger import Ledger
from core.wallet.adapter import Adapter, Handler, Provider
from core.wallet.sessions import SessionFinder

SESSION_BYTES = 24


@cache
def known_adapters() -> Mapping[str, Adapter]:
    """Return every declared adapter by its name."""
    return {adapter.name: adapter for adapter in declarations(providers, Adapter)}


def handlers_of(path: Path, environ: Mapping[str, str], ledger: Ledger) -> dict[str, Handler]:
    """Return the handlers of the providers a file sets up, by provider.

    Raises:
        NotReadyError: there is no such file, or a secret is not where it is said to be.
        DeclarationError: it does not say what it has to, or names an adapter there is not.
    """
    handlers: dict[str, Handler] = {}
    for name, said in _entries(path).items():
        adapter, entry = _adapter(name, said), {**said, "settings": _settings(path, said)}
        handlers[name] = adapter.made(_provider(name, adapter, entry, environ, ledger))
    return handlers


def settings_of(path: Path, provider: str) -> Mapping[str, Any]:
    """Return the settings of a provider a file sets up, without looking for its secrets.

    Raises:
        NotReadyError: there is no such file, or no such provider in it.
        DeclarationError: as `handlers_of`.
    """
    entries = _entries(path)
    if provider not in entries:
        known = " or ".join(sorted(entries))
        raise NotReadyError(f"no provider {provider} in {path}", expected=known)
    _adapter(provider, entries[provider])
    return _settings(path, entries[provider])


def _settings(path: Path, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an entry's settings; a catalogue is looked for from where the file lies."""
    settings = dict(entry.get("settings") or {})
    if isinstance(settings.get("games"), str):
        settings["games"] = str(path.parent / settings["games"])
    return settings


def _entries(path: Path) -> dict[str, Any]:
    try:
        said = yaml.safe_load(path.read_text())
    except OSError as error:
        raise NotReadyError(f"no providers at {path}", hint="see docs/wallet.md") from error
    except yaml.YAMLError as error:
        raise DeclarationError(f"{path} is no YAML: {error}") from error
    entries = said.get("providers") if isinstance(said, dict) else None
    if not isinstance(entries, dict):
        raise DeclarationError(f"{path} sets up nobody", expected="a mapping under `providers`")
    return entries


def _adapter(name: str, entry: Mapping[str, Any]) -> Adapter:
    adapter = known_adapters().get(entry.get("adapter", ""))
    if adapter is None:
        raise DeclarationError(
            f"provider {name} has adapter {entry.get('adapter')!r}",
            expected=" or ".join(sorted(known_adapters())),
        )
    return adapter


def _provider(
    name: str,
    adapter: Adapter,
    entry: Mapping[str, Any],
    environ: Mapping[str, str],
    ledger: Ledger,
) -> Provider:
    places = entry.get("secrets", {})
    return Provider(
        name=name,
        secrets={secret: _secret(name, secret, places, environ) for secret in adapter.secrets},
        new_session=lambda: secrets.token_urlsafe(SESSION_BYTES),
        find_session=SessionFinder(ledger, name),
        settings=entry["settings"],
    )


def _secret(provider: str, name: str, places: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    place = places.get(name)
    if isinstance(place, dict) and "env" in place:
        value = environ.get(place["env"], "")
    elif isinstance(place, dict) and "file" in place:
        path = Path(place["file"])
        value = path.read_text().strip() if path.is_file() else ""
    else:
        raise DeclarationError(
            f"provider {provider}: where is its secret {name}?",
            expected="{env: ...} or {file: ...}",
        )
    if not value:
        raise NotReadyError(f"provider {provider}: no secret {name} at {place}")
    return value
