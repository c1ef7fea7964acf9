"""What a fold is. Way: judge -> verdict -> here -> core/compliance/folds/* -> the new standing.

Each fold owns fields of the standing and changes no others, so their order does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.request import Request
from core.compliance.standing import Standing


@dataclass(frozen=True, slots=True)
class Fold:
    """A declared fold: the requests it follows, the fields it owns, and the function.

    `apply` is given the case, the verdict and the standing as other folds have left it. It is
    called for requests that were refused, too: an attempt is a fact.
    """

    name: str
    on: tuple[type[Request], ...]
    owns: tuple[str, ...]
    apply: Callable[[Case, Verdict, Standing], Standing]
