"""The packs in use, opened for a ledger. Way: settings, verbs -> here -> guard, desk.

Every pack that decides is kept whole in the database under its hash before it decides anything, so
that what was decided can be judged again by the pack of then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import select

from core.compliance.archive import content
from core.compliance.guard import PackGuard
from core.compliance.judge import Judge
from core.compliance.load import packs_with
from core.errors import NotReadyError
from core.ledger.backend import LedgerBackend
from core.ledger.books import Wanted
from core.ledger.guard import WALLET_IS_OPEN, Guard
from core.ledger.reading import reading
from core.ledger.rule_rows import PackContent, StandingRow
from core.ledger.schema import table_of


def judges_of(names: Sequence[str], overlay: Path | None = None) -> dict[str, Judge]:
    """Return a judge for each pack named; `all` names every pack there is.

    Raises:
        NotReadyError: there is no such pack.
        DeclarationError: a pack or the overlay does not hold together.
    """
    known = packs_with(overlay)
    wanted = sorted(known) if "all" in names else list(names)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise NotReadyError(f"no pack {unknown}", expected=f"some of {', '.join(sorted(known))}")
    return {name: Judge(known[name]) for name in wanted}


def keep_packs(backend: LedgerBackend, judges: Mapping[str, Judge]) -> None:
    """Keep every pack in the database, once.

    Raises:
        RetryableError: the database cannot be written now.
    """
    rows = {
        judge.hash: PackContent(
            pack_hash=judge.hash, pack=name, body=content(judge.pack).decode()
        )
        for name, judge in judges.items()
    }  # fmt: skip
    wanted = Wanted()
    for pack_hash in rows:
        wanted.add(PackContent, pack_hash)
    with backend.transaction() as transaction:
        books = transaction.load(wanted, 0)
        missing = [row for name, row in rows.items() if books.get(PackContent, name) is None]
        if missing:
            transaction.write(missing)


def guards_of(
    url: str, backend: LedgerBackend, names: str, overlay: Path | None = None
) -> Sequence[Guard]:
    """Return what stands before a ledger's money: the wallet's state and, if any, the packs named.

    `names` is as a setting has it: ids parted by commas, `all`, or "" for a ledger without rules.
    The packs are kept in the database first.

    Raises:
        NotReadyError: there is no such pack, or players of the ledger are under packs and none is
            named: their money never moves unasked.
        RetryableError: the database cannot be written now.
    """
    wanted = names.replace(",", " ").split()
    if not wanted:
        _check_unruled(url)
        return (WALLET_IS_OPEN,)
    judges = judges_of(wanted, overlay)
    keep_packs(backend, judges)
    return (WALLET_IS_OPEN, PackGuard(judges))


def packs_in(environment: Mapping[str, str]) -> tuple[str, Path | None]:
    """Return the packs named in an environment, and the operator's file beside them if any."""
    overlay = environment.get("EVENHAND_OVERLAY")
    return environment.get("EVENHAND_PACKS", ""), Path(overlay) if overlay else None


def _check_unruled(url: str) -> None:
    standing = table_of(StandingRow)
    with reading(url) as connection:
        found = connection.execute(select(standing.c.jurisdiction).limit(1)).scalar()
    if found is not None:
        raise NotReadyError(
            "players of this ledger are under the rules of packs, and none is named",
            expected=f"packs, {found} among them", hint="--packs, or EVENHAND_PACKS",
        )  # fmt: skip
