"""The child that reads a spreadsheet: its sheets' cells as JSON lines on stdout, for a parent that limits it.

Run as a script (`python -I sheet_child.py PATH`), it imports nothing of ours. A line is {"sheet": NAME, "is_hidden":
BOOL}, a list of cells, or {"error": WHY}, then the last. A cell with a link behind it becomes the formula that stands
for one.
"""

# ruff: noqa: S314 - expat refuses entities that multiply, and this process may use little memory and time

import json
import posixpath
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice, product
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

MAX_SHEETS = 20
MAX_ROWS = 200_000
MAX_COLUMNS = 500
MAX_CHARACTERS = 32 * 2**20  # and cells
MAX_LINKED = 10_000  # cells with the same link behind them
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_KEPT = ("HYPERLINK(", "-", "+-")  # the formulas whose results say less than they do
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Places = dict[tuple[int, int], str]


def main(path: str) -> None:
    """Print all sheets of a spreadsheet, or why it can't be read."""
    try:
        with CalamineWorkbook.from_path(path) as book:
            formulas = _read_formulas(path)
            for number, about in enumerate(book.sheets_metadata[:MAX_SHEETS]):
                sheet = book.get_sheet_by_index(number)
                _print({"sheet": about.name, "is_hidden": about.visible != SheetVisibleEnum.Visible})
                _print_rows(sheet.iter_rows(), (sheet.start or (0, 0))[1], formulas.get(about.name, {}))
    except PasswordError:
        _print({"error": "it is protected with a password; save a copy without one"})
    except (CalamineError, ValueError, OSError) as exc:
        _print({"error": f"it is damaged ({str(exc)[:200]}); save it again, or as CSV UTF-8"})


def _print_rows(rows: Iterable[Sequence[object]], left: int, formulas: Places) -> None:
    """Print the rows, which begin with the sheet's first, but in its column `left`."""
    size = 0
    for n, row in enumerate(rows):
        texts = [_text(value) for value in row[:MAX_COLUMNS]]
        for at in range(len(texts)):
            formula = formulas.get((n, left + at))
            if formula is not None:
                texts[at] = formula.replace("\0", texts[at].replace('"', "'"))
        size += sum(map(len, texts)) + 4 * len(row)
        if n >= MAX_ROWS or size > MAX_CHARACTERS:
            raise MemoryError
        _print(texts)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return (
        value.isoformat() if isinstance(value, date | time) else str(value) if not isinstance(value, timedelta) else ""
    )


def _read_formulas(path: str) -> dict[str, Places]:
    """Return the formulas of links and of lost ids, and errors, by sheet, row and column; NUL is the cell's text."""
    try:
        with zipfile.ZipFile(path) as book:
            if "content.xml" in book.namelist():
                return _read_content(book)
            relations = _relations(book, "xl/workbook.xml")
            sheets = [
                each for each in ElementTree.fromstring(book.read("xl/workbook.xml")).iter() if _is(each, "sheet")
            ]
            found = {each.get("name", ""): relations.get(each.get(_RELATION, "")) for each in sheets}
            return {name: _read_sheet(book, part) for name, part in found.items() if part}
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, NotImplementedError):  # another kind of spreadsheet
        return {}


def _read_content(book: zipfile.ZipFile) -> dict[str, Places]:
    """Return the formulas of an .ods file."""
    found: dict[str, Places] = {}
    places: Places = {}
    row = column = 0
    with book.open("content.xml") as file:
        for event, element in ElementTree.iterparse(file, events=("start", "end")):
            if event == "start":
                if _is(element, "table"):
                    places, row = found.setdefault(_attribute(element, "name"), {}), 0
                column = 0 if _is(element, "table-row") else column
            elif _is(element, "table-cell") or _is(element, "covered-table-cell"):
                if formula := _cell_formula(element):
                    places[row, column] = formula
                column += int(_attribute(element, "number-columns-repeated") or 1)
            elif _is(element, "table-row"):
                row += int(_attribute(element, "number-rows-repeated") or 1)
                element.clear()
    return found


def _cell_formula(cell: ElementTree.Element) -> str | None:
    """Return the formula of an .ods file's cell, or the one that stands for its link."""
    formula = _attribute(cell, "formula").partition("=")[2]
    if formula.upper().startswith(_KEPT):
        return f"={formula}"
    address = next((_attribute(each, "href") for each in cell.iter() if _is(each, "a")), "")
    return f'=HYPERLINK("{address}","\0")' if address else None


def _read_sheet(book: zipfile.ZipFile, part: str) -> Places:
    """Return the formulas of an .xlsx file's sheet, and the errors such as #NAME? that stand for a lost value."""
    relations = _relations(book, part)
    found: Places = {}
    errors: Places = {}
    place, is_error = "", False
    with book.open(part) as file:
        for event, element in ElementTree.iterparse(file, events=("start", "end")):
            if event == "start":
                if _is(element, "c"):
                    place, is_error = element.get("r", ""), element.get("t") == "e"
            elif _is(element, "f") and (element.text or "").upper().startswith(_KEPT):
                found[_place(place)] = f"={element.text}"
            elif is_error and _is(element, "v"):
                errors[_place(place)] = element.text or ""
            elif _is(element, "hyperlink") and (address := relations.get(element.get(_RELATION, ""))):
                for covered in _places(element.get("ref", "")):
                    found.setdefault(covered, f'=HYPERLINK("{address}","\0")')
            elif _is(element, "row"):
                element.clear()
    return errors | found


def _relations(book: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Return the targets that a part of the file refers to, by their ids; those inside the file as its paths."""
    folder, name = posixpath.split(part)
    try:
        document = ElementTree.fromstring(book.read(f"{folder}/_rels/{name}.rels"))
    except KeyError:
        return {}
    return {
        each.get("Id", ""): target if each.get("TargetMode") == "External" else posixpath.join("/", folder, target)[1:]
        for each in document
        if (target := each.get("Target", ""))
    }


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _is(element: ElementTree.Element, name: str) -> bool:
    return element.tag.rpartition("}")[2] == name


def _place(text: str) -> tuple[int, int]:
    """Return the row and column of `B2`, from 0."""
    found = _PLACE.match(text)
    if found is None:
        return -1, -1
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def _places(area: str) -> Iterator[tuple[int, int]]:
    """Yield the places of `B2:C9`, or of `B2`."""
    corner, _, other = area.partition(":")
    (top, left), (bottom, right) = _place(corner), _place(other or corner)
    cells = product(range(top, min(bottom, MAX_ROWS) + 1), range(left, min(right, MAX_COLUMNS) + 1))
    return islice(cells, MAX_LINKED)


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
