"""What `evenhand log checkpoint` and `key` do. Way: command line -> here -> core.audit.signing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from rich import get_console
from rich.console import Console

from core.audit.broken import BrokenChainError
from core.audit.chains import chains_of
from core.audit.checkpoints import checkpoints_of
from core.audit.copies import FILE, keep_copies
from core.audit.keys import make_key, public_keys, signing_key
from core.audit.known import Witness
from core.audit.opening import looking
from core.audit.signing import sign_chain
from core.clock import Clock, SystemClock
from core.errors import LogError, NotReadyError, SourceError
from pipelines.audit_verbs import Trust
from pipelines.ledger_verbs import ledger_url, microseconds
from pipelines.ledger_watch import Pace


@dataclass(frozen=True, slots=True)
class Signing:
    """What is signed, with which key, and where the second copy goes (`trust.copies`)."""

    url: str
    key: Path
    chains: tuple[str, ...]
    trust: Trust


def make_signing_key(private: Path, listed: Path | None, clock: Clock | None = None) -> None:
    """Make a key and say where its halves are.

    Raises:
        NotReadyError: the file is there already.
    """
    public = Trust(listed).listed
    made = make_key(private, public, microseconds((clock or SystemClock()).now()))
    console = get_console()
    console.print(f"key {made.key_id}: {private}, readable by its owner alone", soft_wrap=True)
    console.print(f"its public half is in {public}: keep a copy elsewhere", soft_wrap=True)


def sign_at_a_pace(signing: Signing, pace: Pace, clock: Clock | None = None) -> bool:
    """Sign all chains at a pace, a line each; return whether all went well.

    A chain that is broken is not signed, the others are. A database that does not answer now is
    said so and asked again, as is a copy that cannot be believed, except the first time.

    Raises:
        NotReadyError: there is no key, or no log to begin with.
        SourceError: there is a copy to begin with, but none to be believed.
    """
    clock, went_well = clock or SystemClock(), True
    console = Console(soft_wrap=True, markup=False, highlight=False)
    signing_key(signing.key)
    for run in count(1):
        began, at = time.monotonic(), clock.now()
        try:
            went_well &= _sign_all(signing, at, console)
        except (NotReadyError, SourceError) as error:
            if run == 1:
                raise
            went_well = False
            console.print(f"{at:%Y-%m-%dT%H:%M:%SZ} not signed: {error}")
        if run == pace.times:
            break
        pace.wait(max(0.0, pace.every_s - (time.monotonic() - began)))
    return went_well


def _sign_all(signing: Signing, at: datetime, console: Console) -> bool:
    url, sound = ledger_url(signing.url), list[str]()
    witness = _witness(signing.trust, console)
    with looking(url) as connection:
        chains = signing.chains or chains_of(connection, witness.copies or ())
    for chain in chains:
        try:
            said = _signed(url, chain, signing, witness, at)
            sound.append(chain)
        except (BrokenChainError, LogError) as error:
            said = f"not signed: {error}"
        console.print(f"{at:%Y-%m-%dT%H:%M:%SZ} {said}")
    if signing.trust.copies is not None:
        _copy(url, signing.trust.copies, sound)
    return len(sound) == len(chains)


def _signed(url: str, chain: str, signing: Signing, witness: Witness, at: datetime) -> str:
    made = sign_chain(url, chain, signing_key(signing.key), witness, microseconds(at))
    if made is None:
        return f"{chain} nothing new"
    return f"{chain} signed up to {made.seq} with {made.key_id}"


def _witness(trust: Trust, console: Console) -> Witness:
    """Return who is believed; a copy that has not begun holds nothing yet."""
    folder = trust.copies
    if folder is not None and not (folder / FILE).is_file():
        console.print(f"a new copy begins in {folder}")
        return Witness(public_keys(trust.listed), None)
    return trust.witness()


def _copy(url: str, folder: Path, chains: list[str]) -> None:
    """Copy the checkpoints of sound chains: what a copy holds is never taken back."""
    with looking(url) as connection:
        kept = [c for chain in chains for c in checkpoints_of(connection, chain)]
    keep_copies(folder, kept)
