"""Signs of harm and what is done about them. Way: markers, models, staff -> here -> duties."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from core.compliance.request import Request


class MarkerMet(Request, frozen=True, kw_only=True, tag="marker_met"):
    """A marker of harm was computed to hold; `values` are the figures it saw."""

    is_wish: ClassVar[bool] = False
    marker: str
    is_strong: bool = False
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    actor: str = "system"


class ModelSignal(Request, frozen=True, kw_only=True, tag="model_signal"):
    """A model's score reached the band where people look; it never blocks by itself."""

    is_wish: ClassVar[bool] = False
    model: str
    model_version: str
    score_e6: int
    actor: str = "system"


class DutyDone(Request, frozen=True, kw_only=True, tag="duty_done"):
    """A member of staff, or a provider of checks, did what was due."""

    is_wish: ClassVar[bool] = False
    duty_kind: str
    result: str = ""
    content: str = ""
    actor: str = "staff"


class HumanReviewAsked(Request, frozen=True, kw_only=True, tag="human_review_asked"):
    """A player contests what was done to him by a machine."""

    about: str = ""


class LegalHoldSet(Request, frozen=True, kw_only=True, tag="legal_hold_set"):
    """Withdrawals are held for a reason in law, which is named; or (`is_on` false) no longer."""

    is_wish: ClassVar[bool] = False
    basis: str
    is_on: bool = True
    actor: str = "staff"


class DocumentDemanded(Request, frozen=True, kw_only=True, tag="document_demanded"):
    """Staff wants a document before a withdrawal is paid."""

    payment_id: str
    could_have_been_asked_before: bool
    actor: str = "staff"


class AffordabilityShown(Request, frozen=True, kw_only=True, tag="affordability_shown"):
    """Evidence of what a player can afford is on file; net monthly income in ledger units."""

    is_wish: ClassVar[bool] = False
    net_income_month: int | None = None
    until_us: int | None = None
    actor: str = "staff"
