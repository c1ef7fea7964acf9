"""A report for people: one HTML file, tables, a chart, no scripts. Way: sheets -> here -> file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape

from pipelines.reporting.manifest import Manifest
from pipelines.reporting.report import Report, Sheet

ROWS_SHOWN = 500
_STYLE = (
    "body{font:15px sans-serif;margin:2em;max-width:70em}table{border-collapse:collapse}"
    "td,th{padding:.2em .7em;border-bottom:1px solid #ddd;text-align:left}.warn{color:#a00}"
)


def page(report: Report, manifest: Manifest, sheets: Sequence[Sheet]) -> str:
    """Return the page of a report."""
    title = escape(f"{report.title}, {manifest.pack} {manifest.period}")
    lines = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>',
        f"<style>{_STYLE}</style><h1>{title}</h1><p>{escape(report.says)}</p>",
        *(f'<p class="warn">{escape(line)}</p>' for line in warnings(manifest)),
        *(line for sheet in sheets for line in _sheet(sheet)),
        _foot(manifest),
    ]
    return "\n".join(lines) + "\n"


def _foot(manifest: Manifest) -> str:
    return (
        f"<p>Pack {escape(manifest.pack_version)}, {manifest.pack_hash[:12]}; known by "
        f"{manifest.known_us} microseconds UTC; amounts in {manifest.currency}.</p></html>"
    )


def warnings(manifest: Manifest) -> Iterator[str]:
    """Yield what a reader must know before he believes the figures."""
    if manifest.is_provisional:
        yield "Provisional: the period was not over, or facts may be missing."
    if manifest.gaps:
        yield f"No stake was landed on {', '.join(manifest.gaps)}."
    for fact, count in manifest.unplaced.items():
        yield f"{count} facts {fact} are of players of no known jurisdiction, and left out."
    for currency, count in manifest.unconverted.items():
        yield (
            f"{count} facts are in {currency}, from which no rate leads to {manifest.currency}: "
            "their amounts are left out."
        )


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"<h2>{escape(sheet.name)}</h2>"
    if sheet.chart and sheet.rows:
        yield chart(sheet)
    heads = "".join(f"<th>{escape(column)}</th>" for column in sheet.columns)
    yield f"<table><tr>{heads}</tr>"
    for row in sheet.rows[:ROWS_SHOWN]:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</table>"
    if len(sheet.rows) > ROWS_SHOWN:
        yield f"<p>The first {ROWS_SHOWN} of {len(sheet.rows)} rows; all are in the CSV file.</p>"


def chart(sheet: Sheet) -> str:
    """Return bars of a column, up for gains and down for losses, in whole thousandths."""
    at = sheet.columns.index(sheet.chart)
    values = [(row[0], Decimal(row[at] or "0")) for row in sheet.rows]
    most = max((abs(value) for _, value in values), default=Decimal(0)) or Decimal(1)
    wide = 800 // len(values) or 1
    bars = []
    for number, (name, value) in enumerate(values):
        high = int(abs(value) * 90 / most)
        top = 100 - high if value >= 0 else 100
        fill = "#357" if value >= 0 else "#a33"
        bars.append(
            f'<rect x="{number * wide}" y="{top}" width="{max(wide - 1, 1)}" height="{high}" '
            f'fill="{fill}"><title>{escape(name)}: {value}</title></rect>'
        )
    size = f'width="{wide * len(values)}" height="200"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">{"".join(bars)}</svg>'
