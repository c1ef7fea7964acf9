"""The registers an operator has set up, opened. Way: settings -> here -> registrar, teller.

    registers: {...}                      # as core.registers.configuration reads it
    identities: {file: people.yaml}       # player -> last_name, born_on, ...

Who a player is comes from verified details. A file of them is for development and for operators
whose account system writes one; the details are read when they are needed and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
import yaml

from core.errors import DeclarationError, NotReadyError
from core.registers.blocking import BlockingDesk
from core.registers.configuration import open_client, registers_of
from core.registers.desk import RegisterDesk
from core.registers.identity import Identity

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
    desk = RegisterDesk(known, _identities(path), lambda: f"query-{uuid4()}")
    blocking = BlockingDesk(desk, client.aclose)
    try:
        yield blocking
    finally:
        blocking.close()


def _identities(path: Path) -> Callable[[str], Identity | None]:
    said = yaml.safe_load(path.read_text()).get("identities")
    if not isinstance(said, dict) or not isinstance(said.get("file"), str):
        raise DeclarationError(
            f"{path} says of nobody who he is", expected="identities: {file: people.yaml}"
        )
    people = path.parent / said["file"]
    if not people.exists():
        raise NotReadyError(f"no identities at {people}", hint="see docs/registers.md")
    return lambda player: _identity(people, player)


def _identity(people: Path, player: str) -> Identity | None:
    """Look a player up; the error of a broken file names no detail of his."""
    try:
        found = yaml.safe_load(people.read_text())
        said = found.get(player) if isinstance(found, dict) else None
        return None if said is None else msgspec.convert(said, Identity, str_keys=True)
    except (OSError, yaml.YAMLError, msgspec.ValidationError):
        return None  # nobody knows who he is: registers are not asked, and the rules refuse
