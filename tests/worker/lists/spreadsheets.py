"""Spreadsheets of the smallest kind, written by hand."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

SPREADSHEETML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def relations(targets: Mapping[str, str], *, kind: str = "worksheet") -> str:
    mode = ' TargetMode="External"' if kind == "hyperlink" else ""
    each = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{escape(target)}"{mode}/>'
        for name, target in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}">{each}</Relationships>'


def cells(rows: Sequence[Sequence[str]]) -> str:
    """Return the rows as a sheet has them; what begins with = is a formula without a result."""

    def cell(text: str) -> str:
        if text.startswith("="):
            return f"<f>{escape(text[1:])}</f><v>#NAME?</v></c>"
        return f"<is><t>{escape(text)}</t></is></c>"

    def attributes(text: str) -> str:
        return ' t="e"' if text.startswith("=") else ' t="inlineStr"'

    return "".join(
        f'<row r="{n}">'
        + "".join(f'<c r="{"ABCDE"[at]}{n}"{attributes(text)}>{cell(text)}' for at, text in enumerate(row))
        + "</row>"
        for n, row in enumerate(rows, start=1)
    )


def write_xlsx(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[str]]],
    *,
    links: Mapping[str, str] | None = None,
    more: str = "",
    hidden: str = "",
) -> Path:
    """Write a workbook; `links` are the addresses behind cells of its first sheet, `hidden` names a sheet."""
    names = list(sheets)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        declared = "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="r{n}" state="{"hidden" if name == hidden else "visible"}"/>'
            for n, name in enumerate(names, start=1)
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SPREADSHEETML}" xmlns:r="{RELATIONS}"><sheets>{declared}</sheets></workbook>',
        )
        book.writestr("_rels/.rels", relations({"r1": "xl/workbook.xml"}, kind="officeDocument"))
        targets = {f"r{n}": f"worksheets/sheet{n}.xml" for n in range(1, len(names) + 1)}
        book.writestr("xl/_rels/workbook.xml.rels", relations(targets))
        for n, rows in enumerate(sheets.values(), start=1):
            behind = {f"h{m}": address for m, address in enumerate((links or {}).values())} if n == 1 else {}
            places = "".join(f'<hyperlink ref="{place}" r:id="h{m}"/>' for m, place in enumerate(links or {}))
            listed = f"<hyperlinks>{places}</hyperlinks>" if behind else ""
            book.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'<worksheet xmlns="{SPREADSHEETML}" xmlns:r="{RELATIONS}"><sheetData>{cells(rows)}{more}</sheetData>'
                f"{listed}</worksheet>",
            )
            if behind:
                book.writestr(f"xl/worksheets/_rels/sheet{n}.xml.rels", relations(behind, kind="hyperlink"))
    return path


def write_ods(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """Write a table; what begins with = is a formula, `watch|https://...` has a link behind it."""

    def formula(text: str) -> str:
        return f" table:formula={quoteattr(f'of:{text}')}" if text.startswith("=") else ""

    def inside(text: str) -> str:
        if text.startswith("="):
            return "#NAME?"
        shown, _, address = text.partition("|")
        link = f"<text:a xlink:href={quoteattr(address)}>{escape(shown)}</text:a>"
        return link if address else escape(shown)

    body = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"{formula(text)}><text:p>{inside(text)}</text:p>'
            "</table:table-cell>"
            for text in row
        )
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(f'xmlns:{name}="{OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    spaces += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", ODS, zipfile.ZIP_STORED)
        book.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/></manifest:manifest>',
        )
        book.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="Films">{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path
