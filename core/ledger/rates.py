"""Exchange rates of the events the ledger tells. Way: a YAML file -> here -> relay.

    JPY: "0.0062"     # whole base currency per whole unit, as people quote it

The file is read again when it changes, so that rates can be renewed under a running wallet. The
base currency needs none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from core.errors import MoneyError, NotReadyError
from core.money import RATE_UNIT, Rounding
from core.rate import rate_e6_rounded


@dataclass(slots=True)
class Rates:
    """Rates into the base currency; `path` null knows the base currency only."""

    base: str
    path: Path | None = None
    _known: dict[str, int] = field(default_factory=dict)
    _changed_ns: int = -1

    def __call__(self, currency: str) -> int:
        """Return `exchange_rate_e6` of a currency (see core.events.fact).

        Raises:
            MoneyError: there is no rate of it, or the rate is none.
            NotReadyError: the file cannot be read.
        """
        if currency == self.base:
            return RATE_UNIT
        self._renew()
        if currency not in self._known:
            raise MoneyError(
                f"no exchange rate of {currency} into {self.base}",
                expected=f'a line `{currency}: "..."` in {self.path or "the file of rates"}',
                hint="name the file with EVENHAND_RATES; what waits is told once there is one",
            )
        return self._known[currency]

    def _renew(self) -> None:
        if self.path is None:
            return
        try:
            changed_ns = self.path.stat().st_mtime_ns
            if changed_ns != self._changed_ns:
                said = yaml.safe_load(self.path.read_text()) or {}
                self._known = {
                    code: rate_e6_rounded(str(rate), code, self.base, Rounding.HALF_EVEN)
                    for code, rate in said.items()
                }
                self._changed_ns = changed_ns
        except (OSError, yaml.YAMLError, AttributeError) as error:
            raise NotReadyError(f"no rates at {self.path}: {error}") from error
