"""Spreadsheets: their sheets, links behind cells, and files that are damaged or meant to harm."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from extractor.video import sandbox
from worker.errors import WorkerError
from worker.lists import sheets
from worker.lists.reading import TrailerList, read_list

ID = "dQw4w9WgXcQ"
LINK = f"https://youtu.be/{ID}"
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
    path: Path, sheets: Mapping[str, Sequence[Sequence[str]]], *, links: Mapping[str, str] | None = None, more: str = ""
) -> Path:
    """Write a workbook; `links` are the addresses behind cells of its first sheet."""
    names = list(sheets)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        declared = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, start=1))
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
    body = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
            for text in row
        )
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(f'xmlns:{name}="{OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
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


def refused(path: Path) -> WorkerError:
    with pytest.raises(WorkerError, match=path.name) as caught:
        read_list(path)
    return caught.value


def rows(found: TrailerList) -> list[tuple[str, str | None]]:
    return [(row.source, row.title) for row in found]


def test_a_workbook_is_read_from_the_sheet_that_holds_the_links(tmp_path: Path) -> None:
    table = [["Films of 2024"], ["Titel", "Trailer", "Jahr"], ["Žižka", LINK, "1995"], ["", "", ""]]
    found = read_list(write_xlsx(tmp_path / "films.xlsx", {"About": [["Ours"]], "Films": table}))
    assert rows(found) == [(LINK, "Žižka")]
    assert found.notes[0] == "read the sheet 'Films', not 'About'"
    assert "'Jahr'" in found.notes[2]


def test_an_ods_table_is_read(tmp_path: Path) -> None:
    assert rows(read_list(write_ods(tmp_path / "films.ods", [["title", "url"], ["Heat", LINK]]))) == [(LINK, "Heat")]
    assert rows(read_list(write_ods(tmp_path / "films", [["title", "url"], ["Heat", LINK]]))) == [(LINK, "Heat")]


def test_the_link_behind_a_cell_is_its_source_and_the_text_on_it_a_title(tmp_path: Path) -> None:
    table = [["film", "trailer"], ["Heat", "watch"], ["Up", f'=HYPERLINK("{LINK}","x")'], ["Low", "=-abcdefghij"]]
    links = {"B2": f"{LINK}?a=1&b=2", "A2": "https://studio.example/heat"}
    found = rows(read_list(write_xlsx(tmp_path / "films.xlsx", {"Films": table}, links=links)))
    assert found == [(f"{LINK}?a=1&b=2", "Heat"), (LINK, "Up"), ("-abcdefghij", "Low")]


def test_a_spreadsheet_without_rows_or_sources_is_refused(tmp_path: Path) -> None:
    assert refused(write_xlsx(tmp_path / "empty.xlsx", {"One": [], "Two": [["", ""]]})).code == "empty_file"
    error = refused(write_xlsx(tmp_path / "wrong.xlsx", {"One": [["title", "year"], ["Heat", "1995"]]}))
    assert "its columns are 'title', 'year'" in str(error)


def test_a_zip_that_is_no_spreadsheet_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "films.zip", "w") as book:
        book.writestr("films.csv", "url")
    assert "zip archive" in str(refused(tmp_path / "films.zip"))


def test_a_damaged_spreadsheet_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "films.xlsx", {"Films": [["url"], [LINK]]})
    data = bytearray(path.read_bytes())
    for start in range(40, len(data) - 400, 97):
        data[start : start + 20] = bytes(20)
    path.write_bytes(data)
    assert refused(path).code in ("bad_source", "too_large")


def test_what_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_xlsx(tmp_path / "films.xlsx", {"Films": [["url"], [LINK]]}, more=" " * 2_000_000)
    assert len(rows(read_list(path))) == 1
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 1_000_000)
    monkeypatch.setattr(sandbox, "start", None)
    assert refused(path).code == "too_large"


def test_a_small_file_that_means_billions_of_cells_ends_in_the_child(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    path = write_xlsx(tmp_path / "films.xlsx", {"Films": [["url"], [LINK]]}, more=far)
    assert refused(path).code == "too_large"
