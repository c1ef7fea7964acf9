"""Opaque identifiers of things. Way: numbers within a block -> here -> columns of facts."""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Token
from pipelines.simulation.plan import Array

SESSION_KIND, PAYMENT_KIND, BET_KIND, ROUND_KIND, DEVICE_KIND, IP_KIND = 2, 3, 4, 5, 6, 7
INSTRUMENT_KIND, BONUS_KIND, TICKET_KIND, DOCUMENT_KIND, CASE_KIND, LIVE_KIND = range(8, 14)
EVERYWHERE = (1 << 20) - 1
"""Block number of things that belong to no block of players."""


def token(kind: int, block: int, number: Array) -> Token:
    """Name the `number`-th thing of a kind in a block: 4 bits kind, 20 block, 24 number.

    >>> import numpy as np
    >>> [hex(n) for n in token(SESSION_KIND, 1, np.array([3])).numbers]
    ['0x200001000003']
    """
    return Token(np.int64(kind << 44) | np.int64(block << 24) | number.astype(np.int64))
