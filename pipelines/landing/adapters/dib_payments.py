"""Payments of one US digital wallet and its gambling brands (Ghaharian 2023), as payment facts.

Level 2 (wallet <-> gambling account) is player value; level 1 (bank -> wallet) is context only:
counting both counts money twice. The file has no transaction id and full seconds: rows alike in
all columns cannot be told from double logging and count once. No `player_registered` is made up
from a first sight: the file starts in the middle of many players' lives, and a feature of "days
since registration" would learn the date the file begins. Dollars are the base currency here.
"""

from __future__ import annotations

from pipelines.landing.adapter import Adapter
from pipelines.landing.column_map import ColumnMap, FactRule, Field
from pipelines.landing.mapped_files import mapped_candidates

_KIND, _STATUS = "TransactionType", "Status"
_Fields = dict[str, str | Field]
_CARD: _Fields = {"method": Field(value="card")}
_ACH: _Fields = {"method": Field(value="bank_transfer")}
_WALLET: _Fields = {"method": Field(value="e_wallet")}
_YES: _Fields = {"is_approved": Field(value=True)}
_NO: _Fields = {"is_approved": Field(value=False)}


def _rule(fact: str, kind: str, status: str, fields: _Fields) -> FactRule:
    return FactRule(fact=fact, when={_KIND: kind, _STATUS: status}, fields=fields)


DIB_PAYMENTS = Adapter(
    name="dib_payments",
    reads="Parquet or CSV with ReqTimeUTC, TransactionType, TransactionAmount, Status, Account...",
    why="The only public log of single gambling payments; churn and value are measured on it.",
    candidates=mapped_candidates,
    column_map=ColumnMap(
        source="dib/payments",
        player="AccountIdentifier",
        occurred="ReqTimeUTC",
        fields={
            "payment_id": Field(event_id=True),
            "amount_minor": "TransactionAmount",
            "currency": Field(value="USD"),
            "exchange_rate_e6": Field(value=1_000_000),
        },
        facts=[
            _rule("deposit_approved", "LOYALTYCARDDEBIT", "APPROVED", _WALLET),
            _rule("deposit_declined", "LOYALTYCARDDEBIT", "DECLINED", _WALLET),
            _rule("withdrawal_paid", "LOYALTYCARDCREDIT", "APPROVED", _WALLET),
            _rule("withdrawal_declined", "LOYALTYCARDCREDIT", "DECLINED", _WALLET),
            _rule("wallet_topped_up", "LOYALTYCARDCREDITCL", "APPROVED", {**_CARD, **_YES}),
            _rule("wallet_topped_up", "LOYALTYCARDCREDITCL", "DECLINED", {**_CARD, **_NO}),
            _rule("wallet_topped_up", "LOYALTYCARDCREDITACH", "APPROVED", {**_ACH, **_YES}),
            _rule("wallet_topped_up", "LOYALTYCARDCREDITACH", "DECLINED", {**_ACH, **_NO}),
        ],
    ),
)
