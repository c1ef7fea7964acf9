"""The packs in use, opened for a ledger. Way: settings, verbs -> here -> guard, desk.

Every pack that decides is kept whole in the database under its hash before it decides anything, so
that what was decided can be judged again by the pack of then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.compliance.archive import content
from core.compliance.judge import Judge
from core.compliance.load import packs_with
from core.errors import NotReadyError
from core.ledger.backend import LedgerBackend
from core.ledger.books import Wanted
from core.ledger.rows import PackContent


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
