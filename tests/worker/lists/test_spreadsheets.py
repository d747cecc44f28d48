"""Spreadsheets: their sheets, links behind cells, and files that are damaged or meant to harm."""

import zipfile
from pathlib import Path

import pytest

from extractor.video import sandbox
from tests.worker.lists.spreadsheets import write_ods, write_xlsx
from worker.errors import WorkerError
from worker.lists import sheets
from worker.lists.reading import TrailerList, read_list

ID = "dQw4w9WgXcQ"
LINK = f"https://youtu.be/{ID}"


def refused(path: Path) -> WorkerError:
    with pytest.raises(WorkerError, match=path.name) as caught:
        read_list(path)
    return caught.value


def rows(found: TrailerList) -> list[tuple[str, str | None]]:
    return [(row.source, row.title) for row in found]


def test_a_workbook_is_read_from_the_sheet_that_holds_the_links(tmp_path: Path) -> None:
    table = [["Films of 2024"], ["Titel", "Trailer", "Länge"], ["Žižka", LINK, "95"], ["", "", ""]]
    found = read_list(write_xlsx(tmp_path / "films.xlsx", {"About": [["Ours"]], "Films": table}))
    assert rows(found) == [(LINK, "Žižka")]
    assert found.notes[0] == "read the sheet 'Films', not 'About'"
    assert "'Länge'" in found.notes[2]


def test_an_ods_table_is_read(tmp_path: Path) -> None:
    assert rows(read_list(write_ods(tmp_path / "films.ods", [["title", "url"], ["Heat", LINK]]))) == [(LINK, "Heat")]
    assert rows(read_list(write_ods(tmp_path / "films", [["title", "url"], ["Heat", LINK]]))) == [(LINK, "Heat")]


def test_the_link_behind_a_cell_is_its_source_and_the_text_on_it_a_title(tmp_path: Path) -> None:
    table = [["film", "trailer"], ["Heat", "watch"], ["Up", f'=HYPERLINK("{LINK}","x")'], ["Low", "=-abcdefghij"]]
    links = {"B2": f"{LINK}?a=1&b=2", "A2": "https://studio.example/heat"}
    found = rows(read_list(write_xlsx(tmp_path / "films.xlsx", {"Films": table}, links=links)))
    assert found == [(f"{LINK}?a=1&b=2", "Heat"), (LINK, "Up"), ("-abcdefghij", "Low")]


def test_the_link_behind_a_cell_of_an_ods_table_is_its_source_too(tmp_path: Path) -> None:
    table = [["film", "", "trailer"], ["Heat", "", f"watch|{LINK}?a=1&b=2"], ["Up", "x", f'=HYPERLINK("{LINK}";"x")']]
    found = rows(read_list(write_ods(tmp_path / "films.ods", [*table, ["Low", "", "=-abcdefghij"]])))
    assert found == [(f"{LINK}?a=1&b=2", "Heat"), (LINK, "Up"), ("-abcdefghij", "Low")]


def test_links_behind_cells_stay_in_their_rows_below_empty_ones(tmp_path: Path) -> None:
    table: list[list[str]] = [[], [], ["film", "trailer"], ["Heat", LINK], ["Up", "watch"], ["Low", "watch"]]
    links = {"B5": f"{LINK[:-1]}1", "B6": f"{LINK[:-1]}2"}
    found = rows(read_list(write_xlsx(tmp_path / "films.xlsx", {"Films": table}, links=links)))
    assert found == [(LINK, "Heat"), (f"{LINK[:-1]}1", "Up"), (f"{LINK[:-1]}2", "Low")]


def test_a_spreadsheets_error_is_told_as_what_it_is(tmp_path: Path) -> None:
    table = [["title", "url"], ["Heat", "=A9"], ["=A9", LINK], ["Up", "=A9"]]
    found = list(read_list(write_xlsx(tmp_path / "films.xlsx", {"Films": table}, links={"B4": LINK})))
    assert "its source is #NAME?" in (found[0].problem or "")
    assert (found[1].title, found[1].problem) == (None, None) and "#NAME?" in found[1].notes[0]
    assert (found[2].source, found[2].problem) == (LINK, None)


def test_the_links_behind_titles_are_sources(tmp_path: Path) -> None:
    table = [["film", "year"], ["Heat", "1995"], ["Up", "2009"], ["Intolerance", "1916"]]
    found = read_list(write_xlsx(tmp_path / "films.xlsx", {"Films": table}, links={"A2:A3": LINK}))
    assert rows(found)[:2] == [(LINK, "Heat"), (LINK, "Up")]


def test_a_link_behind_several_cells_is_the_source_of_each_row(tmp_path: Path) -> None:
    table = [["film", "trailer"], ["Heat", "watch"], ["Up", "watch"]]
    found = rows(read_list(write_xlsx(tmp_path / "films.xlsx", {"Films": table}, links={"B2:B3": LINK})))
    assert found == [(LINK, "Heat"), (LINK, "Up")]


def test_a_hidden_sheet_stands_for_none_that_is_shown(tmp_path: Path) -> None:
    sheets = {"Old": [["url"], [f"{LINK}?t=1"], [f"{LINK}?t=2"]], "Films": [["film", "url"], ["Heat", LINK]]}
    found = read_list(write_xlsx(tmp_path / "films.xlsx", sheets, hidden="Old"))
    assert (rows(found), found.notes[0]) == ([(LINK, "Heat")], "read the sheet 'Films', not 'Old'")
    alone = {"Old": sheets["Old"], "About": [["Ours"]]}
    assert len(rows(read_list(write_xlsx(tmp_path / "old.xlsx", alone, hidden="Old")))) == 2


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
