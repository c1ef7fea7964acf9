"""The taxes of a pack that are due of an operator's days. Way: packs, items -> here -> reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction

import msgspec

from core.compliance.pack import Pack
from core.compliance.parts import Tax
from core.errors import DeclarationError
from core.tax.due import Due, due_of
from core.tax.items import DayItems

NO_SHARES: Mapping[str, Fraction] = {}


def taxes_of(pack: Pack, applies: Collection[str] = ()) -> list[Tax]:
    """Return a pack's taxes; one that is due only if the operator says so, only if he did.

    `applies` names the taxes he says are his.

    Raises:
        DeclarationError: he names one the pack has not.
    """
    unknown = set(applies) - {tax.id for tax in pack.tax}
    if unknown:
        raise DeclarationError(
            f"taxes {', '.join(sorted(unknown))} of {pack.pack}",
            expected=f"one of {', '.join(tax.id for tax in pack.tax)}",
        )
    return [tax for tax in pack.tax if not tax.only_if or tax.id in applies]


def dues_of(
    pack: Pack,
    days: Iterable[DayItems],
    applies: Collection[str] = (),
    shares_off: Mapping[str, Fraction] = NO_SHARES,
) -> list[Due]:
    """Return every tax of a pack on the items of days, by every reading.

    A tax of all games leaves out those whose commission is taxed instead. `shares_off` gives, by a
    tax's id, the share in which it takes off promotional stakes.
    """
    known = list(days)
    by_commission = {g for tax in pack.tax if tax.base == "commission" for g in tax.games}
    found: list[Due] = []
    for tax in taxes_of(pack, applies):
        mine = known
        if not tax.games:
            mine = [one for one in known if one.game_type not in by_commission]
        found += due_of(tax, mine, shares_off.get(tax.id))
    return found


def is_undecided(dues: Iterable[Due]) -> bool:
    """Say whether some tax could be read in more ways than one."""
    return any(one.reading.assumed for one in dues)


def items_from(fields: Mapping[str, object]) -> DayItems:
    """Return items from fields by name, as SQL or YAML gives them.

    Raises:
        DeclarationError: a field is none of them, or no integer.
    """
    try:
        return msgspec.convert(fields, DayItems)
    except msgspec.ValidationError as error:
        raise DeclarationError(f"items of a day: {error}") from error
