"""The shipped maps on small files of the public data's shape, and on the data itself if present."""

import os
from pathlib import Path

import pytest

from core.settings import Settings
from features.sources import open_warehouse
from pipelines.landing.adapter import adapter_named
from pipelines.landing.counts import Landing
from pipelines.landing.land import Sources, land

DIB = """\
ReqTimeUTC,TransactionType,TransactionAmount,Status,AccountIdentifier
2019-12-01 09:29:45+00:00,LOYALTYCARDDEBIT,25.75,APPROVED,customer1
2019-12-01 09:29:45+00:00,LOYALTYCARDDEBIT,25.75,APPROVED,customer1
2019-12-01 09:29:46+00:00,LOYALTYCARDDEBIT,545700.0,DECLINED,customer1
2019-12-02 09:00:00+00:00,LOYALTYCARDCREDIT,10.0,APPROVED,customer1
2019-12-02 09:00:01+00:00,LOYALTYCARDCREDIT,10.0,DECLINED,customer1
2019-12-02 09:00:02+00:00,LOYALTYCARDCREDITCL,36.05,APPROVED,customer2
2019-12-02 09:00:03+00:00,LOYALTYCARDCREDITACH,35.0,DECLINED,customer2
2020-01-09 10:28:59+00:00,LOYALTYCARDCREDITCL,103.0,,customer2
"""
DATA = Path(os.environ.get("EVENHAND_DATA", "../shared/data"))
needs_data = pytest.mark.skipif(
    not (DATA / "dib_sports").is_dir(), reason="set EVENHAND_DATA to the folder of public data"
)


def _land(name: str, path: Path, house: Settings) -> Landing:
    adapter = adapter_named(name)
    return land(Sources((path,), adapter, adapter.column_map), house)


def test_dib_payments_become_payment_facts_and_make_up_no_registration(
    tmp_path: Path, house: Settings
) -> None:
    path = tmp_path / "online_sports.csv"
    path.write_text(DIB)

    landing = _land("dib_payments", path, house)

    counts = {t.fact: (t.accepted, t.duplicate, t.rejected) for t in landing.tallies}
    assert counts == {
        "(no rule)": (0, 0, 1),
        "deposit_approved": (1, 1, 0),
        "deposit_declined": (1, 0, 0),
        "withdrawal_paid": (1, 0, 0),
        "withdrawal_declined": (1, 0, 0),
        "wallet_topped_up": (2, 0, 0),
    }
    with open_warehouse(house.warehouse, threads=1) as connection:
        topped = connection.execute(
            "SELECT amount_minor, method, is_approved FROM wallet_topped_up ORDER BY occurred_at"
        ).fetchall()
    assert topped == [(3605, "card", True), (3500, "bank_transfer", False)]


def test_cdnow_purchases_of_one_day_that_look_alike_are_all_kept(
    tmp_path: Path, house: Settings
) -> None:
    path = tmp_path / "cdnow.csv"
    path.write_text("customer_id,date,cds,amount\n1,1997-01-01,1,11.77\n1,1997-01-01,1,11.77\n")

    assert _land("cdnow", path, house).total.accepted == 2
    assert _land("cdnow", path, house).total.duplicate == 2


@needs_data
def test_the_real_payment_log_lands_with_the_counts_its_readme_gives(house: Settings) -> None:
    landing = _land("dib_payments", DATA / "dib_sports" / "online_sports.parquet", house)

    read = {t.fact: t.read for t in landing.tallies}
    assert read["deposit_approved"] == 215_059
    assert read["withdrawal_paid"] == 31_736
    assert read["wallet_topped_up"] == 182_983 + 7_130 + 5_936 + 268
    assert read["deposit_declined"] + read["withdrawal_declined"] + 5_936 + 268 == 10_939
    assert landing.total.read == 447_853
    assert landing.total.rejected == 6
    assert landing.total.duplicate == 11  # the other 5 repeats are among the 6 without a status
