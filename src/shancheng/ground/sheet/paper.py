"""A sheet as a paper to be printed or sent on: headline, filter, a chart where there is one, table, page numbers."""

import datetime as dt
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.graphics.shapes import Drawing, Group, Line, Rect, String
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer

from shancheng.ground.sheet.sheet import Cell, Column, Mark, Sheet
from shancheng.ground.sheet.words import completeness, word

FONT = "STSong-Light"
"""Of the PDF standard's own Chinese character collection: every reader has it, no file is shipped."""
MARGIN, SIZE = 36.0, 8.0
CHART_LINE, CHART_LABEL, CHART_COUNT = 13.0, 150.0, 60.0
MARKS_MAX = 60
CELL_MAX = 300
INK, LINE, WASH, ACCENT = (colors.HexColor(code) for code in ("#16221f", "#ccd6d1", "#e9eeeb", "#0b5f4d"))


def write(sheet: Sheet, to: Path) -> None:
    """Write a sheet as a PDF; the same sheet gives the same bytes."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    size = landscape(A4)
    paper = SimpleDocTemplate(
        str(to),
        pagesize=size,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 12,
        title=printable(sheet.title),
        author="Shancheng",
        invariant=1,
        lang="zh-CN" if sheet.tongue == "zh" else "en",
    )
    width = size[0] - 2 * MARGIN
    parts: list[Any] = [Paragraph(_safe(sheet.title), _style(15, bold=True)), Spacer(1, 4)]
    parts += [
        Paragraph(_safe(f"{label}: {text}" if label else text), _style(SIZE + 0.5)) for label, text in sheet.about
    ]
    parts.append(Paragraph(_safe(completeness(sheet)), _style(SIZE + 0.5)))
    if sheet.marks:
        parts += [Spacer(1, 8), Paragraph(_safe(sheet.marks_title), _style(10.5, bold=True))]
        parts += [Paragraph(_safe(word(sheet, "interval")), _style(SIZE)), _chart(sheet.marks[:MARKS_MAX], width)]
    parts += [Spacer(1, 8), _table(sheet, width) if sheet.rows else Paragraph(word(sheet, "nothing"), _style(10))]
    paper.build(parts, canvasmaker=lambda *args, **more: _Numbered(*args, sheet=sheet, **more))


def printable(text: str) -> str:
    """Text of signs that the character collection has a place for: no controls, nothing beyond the basic plane."""
    return "".join(
        sign if sign.isprintable() and ord(sign) <= 0xFFFF else " " if sign.isspace() else "□" for sign in text
    )


class _Numbered(Canvas):  # type: ignore[misc]
    """Says on each page which of how many it is, once all are there."""

    def __init__(self, *args: Any, sheet: Sheet, **more: Any) -> None:
        super().__init__(*args, **more)
        self._sheet = sheet
        self._done: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 the library's name
        """Keep the page until the number of pages is known."""
        self._done.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write every page with its number."""
        for number, page in enumerate(self._done, 1):
            self.__dict__.update(page)
            self.setFont(FONT, SIZE)
            self.setFillColor(INK)
            told = word(self._sheet, "page", page=number, pages=len(self._done))
            self.drawRightString(self._pagesize[0] - MARGIN, MARGIN - 6, told)
            self.drawString(MARGIN, MARGIN - 6, printable(self._sheet.title)[:90])
            super().showPage()
        super().save()


def _table(sheet: Sheet, width: float) -> LongTable:
    zone, plain, right = ZoneInfo(sheet.zone), _style(SIZE), _style(SIZE, right=True)
    styles = [plain if column.holds == "text" else right for column in sheet.columns]
    rows = [[Paragraph(_safe(column.title), style) for column, style in zip(sheet.columns, styles, strict=True)]]
    for row in sheet.rows:
        cells = zip(row, sheet.columns, styles, strict=True)
        rows.append([Paragraph(_safe(text_of(cell, column, zone)), style) for cell, column, style in cells])
    whole = sum(column.width for column in sheet.columns)
    table = LongTable(rows, [width * column.width / whole for column in sheet.columns], repeatRows=1)
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), WASH),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            *((side, (0, 0), (-1, -1), 3) for side in ("LEFTPADDING", "RIGHTPADDING", "TOPPADDING", "BOTTOMPADDING")),
        ]
    )
    return table


def text_of(cell: Cell, column: Column, zone: ZoneInfo) -> str:
    """A cell as it is read on paper."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell if len(cell) <= CELL_MAX else cell[: CELL_MAX - 1] + "…"
    if column.holds == "instant":
        return dt.datetime.fromtimestamp(cell, zone).strftime("%Y-%m-%d %H:%M")
    if column.holds == "share":
        return f"{cell:.1%}"
    return f"{cell:,}" if column.holds == "count" else f"{cell:,.3f}".rstrip("0").rstrip(".")


def _chart(marks: tuple[Mark, ...], width: float) -> Drawing:
    """Intervals as lines, values as ticks, in the order in which they come."""
    top = max([mark.high or mark.value or 0.0 for mark in marks] or [1.0]) or 1.0
    top = 1.0 if top <= 1.0 else top
    across = width - CHART_LABEL - CHART_COUNT
    drawing = Drawing(width, CHART_LINE * (len(marks) + 1))
    for number, mark in enumerate(marks):
        middle = CHART_LINE * (len(marks) - number) - CHART_LINE / 2
        drawing.add(_whisker(mark, middle, across / top, across))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        where = CHART_LABEL + across * share
        drawing.add(Line(where, 0, where, CHART_LINE * len(marks), strokeColor=LINE, strokeWidth=0.4))
        drawing.add(
            _said(
                f"{share * top:.0%}" if top <= 1 else f"{share * top:.2f}", where, CHART_LINE * len(marks) + 3, "middle"
            )
        )
    return drawing


def _whisker(mark: Mark, middle: float, scale: float, across: float) -> Group:
    group = Group(_said(printable(mark.label)[:22], CHART_LABEL - 6, middle - 3, "end"))
    group.add(_said(f"n={mark.count:,}", CHART_LABEL + across + 6, middle - 3, "start"))
    if mark.low is not None and mark.high is not None:
        ends = (CHART_LABEL + mark.low * scale, CHART_LABEL + mark.high * scale)
        group.add(Line(ends[0], middle, ends[1], middle, strokeColor=ACCENT, strokeWidth=1.2))
    if mark.value is not None:
        group.add(Rect(CHART_LABEL + mark.value * scale - 1.5, middle - 3.5, 3, 7, fillColor=ACCENT, strokeColor=None))
    return group


def _said(text: str, x: float, y: float, anchor: str) -> String:
    return String(x, y, text, fontName=FONT, fontSize=SIZE - 0.5, textAnchor=anchor, fillColor=INK)


def _style(size: float, *, bold: bool = False, right: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        f"s{size}{bold}{right}",
        fontName=FONT,
        fontSize=size,
        leading=size * 1.3,
        textColor=ACCENT if bold else INK,
        wordWrap="CJK",
        alignment=2 if right else 0,
    )


def _safe(text: str) -> str:
    return escape(printable(text))
