"""Who players are, out of the vault. Way: kyc vault -> here -> desk of registers -> the wire.

A register is asked about the newest details there are; every look is told in the vault's own chain,
with the register check as its purpose, before anything is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

import msgspec

from core.clock import Clock
from core.compliance.calendar import instant_us
from core.errors import EvenhandError
from core.kyc.contents import Person
from core.kyc.telling import By
from core.kyc.vault import Vault, vault_in
from core.registers.identity import Identity
from core.residency import residency_in

ACTOR, PURPOSE = "registers", "register check"


@contextmanager
def identities_in(
    environment: Mapping[str, str], clock: Clock
) -> Iterator[Callable[[str], Identity | None]]:
    """Open the vaults of all regions; yield who looks a player up in them.

    Raises:
        NotReadyError: no regions are set up, or a database or key ring is not there.
    """
    with ExitStack() as stack:
        regions = residency_in(environment).regions.values()
        vaults = [stack.enter_context(vault_in(region)) for region in regions]
        yield lambda player: _identity(vaults, player, clock)


def _identity(vaults: list[Vault], player: str, clock: Clock) -> Identity | None:
    """Return a player's newest details, null where none can be opened: then nobody is asked."""
    by = By(ACTOR, PURPOSE, instant_us(clock.now()))
    for vault in vaults:
        try:
            known = [r for r in vault.list(player) if r.kind == "person" and not r.destroyed_us]
            content = vault.read(known[-1].id, by).content if known else None
        except EvenhandError:
            return None
        if isinstance(content, Person):
            return msgspec.convert(msgspec.structs.asdict(content), Identity)
    return None
