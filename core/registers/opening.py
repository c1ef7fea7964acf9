"""The registers an operator has set up, opened. Way: settings -> here -> registrar, teller.

    registers: {...}                      # as core.registers.configuration reads it
    identities: vault                     # or {file: people.yaml}: player -> last_name, ...

Who a player is comes from verified details: the newest in the vault, or a file for development.
They are read when they are needed and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

import msgspec
import yaml

from core.clock import SystemClock
from core.errors import DeclarationError, NotReadyError
from core.registers.blocking import BlockingDesk
from core.registers.configuration import open_client, registers_of
from core.registers.desk import RegisterDesk
from core.registers.identity import Identity
from core.registers.vaulted import identities_in

SETTING = "EVENHAND_REGISTERS"


@contextmanager
def registers_in(environment: Mapping[str, str]) -> Iterator[BlockingDesk | None]:
    """Open the registers of the file `EVENHAND_REGISTERS` names; null where it names none.

    Raises:
        NotReadyError: there is no such file, or a secret is not where it is said to be.
        DeclarationError: a file does not say what it has to.
    """
    named = environment.get(SETTING)
    if not named:
        yield None
        return
    path, client = Path(named), open_client()
    known = registers_of(path, environment, client)
    with _identities(path, environment) as identity_of:
        desk = RegisterDesk(known, identity_of, lambda: f"query-{uuid4()}")
        blocking = BlockingDesk(desk, client.aclose)
        try:
            yield blocking
        finally:
            blocking.close()


@contextmanager
def _identities(
    path: Path, environment: Mapping[str, str]
) -> Iterator[Callable[[str], Identity | None]]:
    match yaml.safe_load(path.read_text()).get("identities"):
        case "vault":
            with identities_in(environment, SystemClock()) as identity_of:
                yield identity_of
        case {"file": str(name)}:
            people = path.parent / name
            if not people.exists():
                raise NotReadyError(f"no identities at {people}", hint="see docs/registers.md")
            yield partial(_identity, people)
        case said:
            raise DeclarationError(
                f"{path}: identities {said!r}", expected="vault, or {file: people.yaml}"
            )


def _identity(people: Path, player: str) -> Identity | None:
    """Look a player up; the error of a broken file names no detail of his."""
    try:
        found = yaml.safe_load(people.read_text())
        said = found.get(player) if isinstance(found, dict) else None
        return None if said is None else msgspec.convert(said, Identity, str_keys=True)
    except (OSError, yaml.YAMLError, msgspec.ValidationError):
        return None  # nobody knows who he is: registers are not asked, and the rules refuse
