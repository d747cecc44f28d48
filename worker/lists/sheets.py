"""Spreadsheets (.xlsx, .ods, .xls): the rows of the shown sheet with the most sources, read by a limited child."""

import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Timer

from extractor.video import sandbox
from worker.errors import WorkerError
from worker.lists.files import read_head
from worker.lists.kinds import is_usable
from worker.lists.tables import Record

MAX_UNPACKED = 256 * 2**20  # bytes; 10,000 rows with plots have 10 MiB
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")  # of .xlsx, .xlsb, .ods
_CHILD = Path(__file__).with_name("sheet_child.py")
_LIMITS = sandbox.ProcessLimits(cpu_seconds=20, address_space_bytes=2 * 2**30)
_TIMEOUT_S = 60
_SAMPLE = 200  # rows that show whether a sheet holds sources
_MAX_CELLS = 100  # of each


def is_sheet(path: Path) -> bool:
    """Tell by its first bytes whether a list is a spreadsheet; raises WorkerError for one that can't be read."""
    head = read_head(path)
    if head.startswith(_OLD_EXCEL):
        return True
    return head.startswith(_ZIP) and not set(_PARTS).isdisjoint(_sizes(path))


def read_sheet(path: Path) -> tuple[Iterator[Record], tuple[str, ...]]:
    """Return the filled rows of the sheet with the most sources, and a note of the sheets that are not read.

    Raises WorkerError: bad_source for a file that is damaged or protected, too_large.
    """
    if sum(_sizes(path).values()) > MAX_UNPACKED:
        raise _too_large(path)
    found, hidden = _read(path)
    sheets = {name: rows for name, rows in found.items() if rows}
    if not sheets:
        raise WorkerError("empty_file", f"the list {str(path)!r} has no rows; give one source a row")
    n_sources = {name: _count_sources(rows) for name, rows in sheets.items()}
    chosen = max(sheets, key=lambda name: (n_sources[name] > 0 and name not in hidden, n_sources[name]))
    others = ", ".join(repr(name[:40]) for name in sheets if name != chosen)
    notes = (f"read the sheet {chosen[:40]!r}, not {others}",) if others else ()
    return map(Record, sheets[chosen]), notes


def _sizes(path: Path) -> dict[str, int]:
    """Return the unpacked sizes of the parts of a zip file, nothing for another file."""
    try:
        with zipfile.ZipFile(path) as parts:
            return {part.filename: part.file_size for part in parts.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return {}


def _read(path: Path) -> tuple[dict[str, list[list[str]]], set[str]]:
    """Return the filled rows of each sheet, as the child reads them, and the names of those that are hidden."""
    sheets: dict[str, list[list[str]]] = {}
    hidden: set[str] = set()
    rows: list[list[str]] = []
    process = sandbox.start([sys.executable, "-I", str(_CHILD), str(path.absolute())], limits=_LIMITS)
    clock = Timer(_TIMEOUT_S, process.kill)
    clock.start()
    with process:
        try:
            for line in process.stdout or ():
                value = json.loads(line)
                if isinstance(value, list):
                    rows.extend([value] if any(map(str.strip, value)) else [])
                elif "error" in value:
                    raise WorkerError("bad_source", f"the list {str(path)!r} can't be read: {value['error']}")
                else:
                    rows = sheets.setdefault(value["sheet"], [])
                    hidden.update([value["sheet"]] if value["is_hidden"] else [])
            if process.wait():
                raise _too_large(path)
        except ValueError as exc:  # a line that broke off, as the process did
            raise _too_large(path) from exc
        finally:
            clock.cancel()
            sandbox.stop(process)
    return sheets, hidden


def _count_sources(rows: Sequence[Sequence[str]]) -> int:
    return sum(any(map(is_usable, row[:_MAX_CELLS])) for row in rows[:_SAMPLE])


def _too_large(path: Path) -> WorkerError:
    return WorkerError("too_large", f"the list {str(path)!r} unpacks to too much or is damaged; save it as CSV UTF-8")
