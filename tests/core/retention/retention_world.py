"""Packs with terms of their own, and orders. Way: here -> tests/core/retention."""

from __future__ import annotations

import msgspec

from core.compliance.pack import Pack
from core.compliance.parts import Retention
from core.kyc.telling import By
from core.retention.classes import OTHERS, kinds
from core.retention.running import Order
from tests.core.kyc.vault_world import GB

CLASSES = sorted({name for one in (*OTHERS, *kinds()) for name in one.classes})


def kept(record: str, years: int | None, since: str = "record") -> Retention:
    """Return a claim."""
    said = {"record": record, "years": years, "since": since, "mark": "P"}
    return msgspec.convert(said, Retention)


def pack_of(*claims: Retention) -> Pack:
    """Return Great Britain with other claims."""
    return msgspec.structs.replace(GB, retention=claims)


def all_kept(years: int, since: str = "record") -> Pack:
    """Return a pack that keeps every class so long."""
    return pack_of(*(kept(name, years, since) for name in CLASSES))


def order(pack: Pack, at_us: int, now_us: int | None = None) -> Order:
    """Return an order of two people."""
    return Order(pack, at_us, By("ann", "retention", at_us if now_us is None else now_us), "ben")
