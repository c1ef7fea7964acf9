"""Know your customer. Way: KYC desk and vendors -> here -> gates, AML, fraud features."""

from __future__ import annotations

from typing import ClassVar, Literal

from core.events.fact import Fact, MoneyFact

DocumentKind = Literal["identity", "address", "payment_instrument", "source_of_funds"]


class DocumentReceived(Fact, frozen=True, kw_only=True):
    """A document came in; the document itself is never in an event."""

    family: ClassVar[str] = "kyc"
    document_id: str
    kind: DocumentKind


class DocumentChecked(Fact, frozen=True, kw_only=True):
    """A document was judged."""

    family: ClassVar[str] = "kyc"
    document_id: str
    kind: DocumentKind
    result: Literal["accepted", "rejected", "expired"]


class SourceOfFundsDeclared(MoneyFact, frozen=True, kw_only=True):
    """The player said what he earns in a year."""

    family: ClassVar[str] = "kyc"
    annual_income_minor: int
    employment: str = "unknown"
