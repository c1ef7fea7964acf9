"""Taxes and statistics of the pack, by every way they can be read."""

from collections.abc import Iterator

from core.tax.due import Due
from core.tax.of_pack import dues_of
from pipelines.reporting.known import Known
from pipelines.reporting.play_items import READS, day_items
from pipelines.reporting.report import Report, Says, Sheet, money, sheet


def _make(known: Known, says: Says) -> list[Sheet]:
    days = day_items(known)
    dues = dues_of(known.scope.pack, days, says.applies, says.shares_off)
    columns = ("tax", "reading", "kind", "period", "base", "due", "is_negative", "note")
    stretches = ("tax", "reading", "first", "last", "percent", "base", "due")
    return [
        sheet("taxes", columns, 2, (_line(known, due) for due in dues)),
        sheet("rates", stretches, 3, (row for due in dues for row in _stretches(known, due))),
        sheet("treatments", ("tax", "item", "counts", "mark", "sources"), 2, _treatments(known)),
    ]


def _line(known: Known, due: Due) -> tuple[object, ...]:
    tax = due.tax
    note = "a loss: whether it may be netted or carried is not decided here" * due.is_negative
    return (
        tax.id, due.reading.says, tax.kind, tax.period, money(known, due.base_minor),
        money(known, due.due_minor), due.is_negative, note,
    )  # fmt: skip


def _stretches(known: Known, due: Due) -> Iterator[tuple[object, ...]]:
    for one in due.stretches:
        amounts = money(known, one.base_minor), money(known, one.due_minor)
        yield due.tax.id, due.reading.says, one.first, one.last, one.percent, *amounts


def _treatments(known: Known) -> Iterator[tuple[object, ...]]:
    for tax in known.scope.pack.tax:
        for item, how in sorted(tax.items.items()):
            yield tax.id, item, how.counts, how.mark, " ".join(how.source)


REPORT = Report(
    "tax", "Taxes",
    "Each tax of the pack on the period's play, at the rate of each day. Where no page says how an "
    "item counts, it is read both ways and none is chosen. No fact tells of jackpot contributions, "
    "of commission, or of offers that could have been cash: they are reckoned as nothing.",
    READS, _make,
)  # fmt: skip
