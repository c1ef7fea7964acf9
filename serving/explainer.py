"""Reasons in plain words, and which of them the CRM must not read. Way: models.explain -> here.

A value model reads no marker of harm, but a caller's rights must not hang on what a card happens to
read: what speaks of harm, fraud, protective tools, talk with support or the player's person is
marked, whatever model it explains.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from features.describe import describe
from models.explain import Reason as Grouped
from models.explain import explain
from serving.ports import Floats, Model, Reason

SENSITIVE_CATEGORIES = frozenset({"markers_of_harm", "fraud_signals"})
# Contact covers tickets about safer gambling and looks at the exclusion page; accounts, the age.
SENSITIVE_INDICATORS = frozenset(
    {"use_of_management_tools", "customer_led_contact", "account_indicators"}
)


@dataclass(frozen=True, slots=True)
class CategoryReasons:
    """Groups a score's contributions by the category of their features."""

    count: int

    def reasons(self, model: Model, row: Floats, contributions: Floats) -> list[Reason]:
        """Return the weightiest categories with their sentences."""
        explanation = explain(contributions, row, model.feature_names)
        return [
            Reason(found.group, found.contribution, found.sentences, _is_sensitive(found))
            for found in explanation.top(self.count)
            if found.contribution and isfinite(found.contribution) and found.sentences
        ]


def _is_sensitive(found: Grouped) -> bool:
    if found.group in SENSITIVE_CATEGORIES:
        return True
    return any(describe(name).indicator in SENSITIVE_INDICATORS for name in found.features)
