"""Which registers are reached where, with which secrets. Way: a YAML file -> here -> desk.

    registers:
      oasis:                          # as the packs call it
        url: https://gateway.example/
        token: {env: OASIS_TOKEN}     # or {file: /run/secrets/oasis}; left out for none

The file names where a secret is, never the secret itself. Personal details travel over TLS alone;
plain HTTP is for a gateway or sandbox on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from core.errors import DeclarationError, NotReadyError
from core.registers.declaration import known_registers
from core.registers.register import HttpRegister

CONNECTIONS = httpx.Limits(max_connections=64, max_keepalive_connections=16)


def registers_of(
    path: Path, environ: Mapping[str, str], client: httpx.AsyncClient
) -> dict[str, HttpRegister]:
    """Return the registers a file sets up, by name.

    Raises:
        NotReadyError: there is no such file, or a secret is not where it is said to be.
        DeclarationError: it does not say what it has to, or names a register there is not.
    """
    return {name: _register(name, said, environ, client) for name, said in _entries(path).items()}


def sandbox_registers(url: str, client: httpx.AsyncClient) -> dict[str, HttpRegister]:
    """Return every known register as the sandbox at an address plays it."""
    return {
        name: HttpRegister(one, _safe(name, url), client) for name, one in known_registers().items()
    }


def open_client() -> httpx.AsyncClient:
    """Return the connections to registers; proxies of the environment are not used."""
    return httpx.AsyncClient(limits=CONNECTIONS, trust_env=False, follow_redirects=False)


def _entries(path: Path) -> dict[str, Any]:
    try:
        said = yaml.safe_load(path.read_text())
    except OSError as error:
        raise NotReadyError(f"no registers at {path}", hint="see docs/registers.md") from error
    except yaml.YAMLError as error:
        raise DeclarationError(f"{path} is no YAML: {error}") from error
    entries = said.get("registers") if isinstance(said, dict) else None
    if not isinstance(entries, dict):
        raise DeclarationError(f"{path} sets up none", expected="a mapping under `registers`")
    return entries


def _register(
    name: str, said: Any, environ: Mapping[str, str], client: httpx.AsyncClient
) -> HttpRegister:  # fmt: skip
    declaration = known_registers().get(name)
    if declaration is None:
        raise DeclarationError(
            f"register {name!r}", expected=f"one of {', '.join(known_registers())}"
        )
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        raise DeclarationError(f"register {name} has no url", hint="see docs/registers.md")
    token = "" if "token" not in said else _secret(name, said["token"], environ)
    return HttpRegister(declaration, _safe(name, said["url"]), client, token)


def _safe(name: str, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or "")):
        return url.rstrip("/")
    raise DeclarationError(
        f"register {name} at {url}", expected="https, or http on this machine",
        hint="what is sent are names and dates of birth",
    )  # fmt: skip


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secret(name: str, place: Any, environ: Mapping[str, str]) -> str:
    if isinstance(place, dict) and environ.get(str(place.get("env", ""))):
        return environ[place["env"]]
    if isinstance(place, dict) and "file" in place:
        try:
            return Path(place["file"]).read_text().strip()
        except OSError as error:
            raise NotReadyError(f"register {name}: no secret at {place['file']}") from error
    raise NotReadyError(
        f"register {name}: its token is not where the file says",
        expected="{env: ...} or {file: ...}",
    )
