"""Tables of published data sets: found in a folder by name, read as a stream; errors say what was expected."""

import json
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from worker.cells import clean_text
from worker.errors import WorkerError
from worker.lists.files import find_encoding, read_lines, unreadable
from worker.lists.tables import read_records

MAX_ROWS = 5_000_000
MAX_JSON = 512 * 2**20  # bytes; Trailers12k's metadata of 12,000 films is read whole
SPLITS = {"trn": "train", "train": "train", "val": "valid", "valid": "valid", "tst": "test", "test": "test"}
SUBSETS = {"0": "train", "1": "valid", "2": "test"}

Cells = Mapping[str, str]


def find_file(path: Path, names: Sequence[str]) -> Path:
    """Return `path` itself if it is a file, else the first of `names` in that folder; raises WorkerError."""
    if path.is_file():
        return path
    if found := find_beside(path / names[0], names):
        return found
    raise WorkerError("file_not_found", f"{str(path)!r} is not a file, and holds none named {' or '.join(names)}")


def find_beside(path: Path, names: Sequence[str]) -> Path | None:
    """Return the first of `names` that is a file in the folder of `path`, None without one."""
    return next((file for name in names if (file := path.parent / name).is_file()), None)


def read_table(path: Path, columns: Sequence[str]) -> Iterator[Cells | str]:
    """Yield the named columns of each row of a CSV file, stripped, or what is wrong with the row.

    Column names are compared without case. Raises WorkerError for a file that can't be read or lacks a column.
    """
    header, rows = open_table(path)
    places = {name: header.index(name.casefold()) if name.casefold() in header else -1 for name in columns}
    if missing := [name for name, place in places.items() if place < 0]:
        raise WorkerError(
            "bad_source",
            f"{str(path)!r} has no column {', '.join(missing)}; expected: {', '.join(columns)}; "
            f"found: {', '.join(header[:40])}",
        )
    for cells in rows:
        yield cells if isinstance(cells, str) else {name: cell_at(cells, place) for name, place in places.items()}


def open_table(path: Path) -> tuple[list[str], Iterator[list[str] | str]]:
    """Return the header of a CSV file, in lower case, and its rows: their cells, or what is wrong with one."""
    records = read_records(read_lines(path, find_encoding(path)))
    try:
        header = next(records, None)
    except OSError as exc:
        raise unreadable(path, exc) from exc
    if header is None:
        raise WorkerError("empty_file", f"{str(path)!r} has no rows")

    def rows() -> Iterator[list[str] | str]:
        for number, record in enumerate(records, start=1):
            if number > MAX_ROWS:
                raise WorkerError("too_large", f"{str(path)!r} has more than {MAX_ROWS:,} rows; split it")
            yield record.problem or record.cells

    return [cell.strip().casefold() for cell in header.cells], rows()


def cell_at(cells: Sequence[str], place: int) -> str:
    """Return one cell, stripped, "" if the row is too short."""
    return clean_text(cells[place]).strip() if 0 <= place < len(cells) else ""


def read_json(path: Path) -> Any:
    """Return a whole JSON document; raises WorkerError (too_large, bad_source)."""
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode) or info.st_size > MAX_JSON:
            raise WorkerError("too_large", f"{str(path)!r} has more than {MAX_JSON:,} bytes, or is not a regular file")
        return json.loads(path.read_bytes())
    except OSError as exc:
        raise unreadable(path, exc) from exc
    except (ValueError, RecursionError) as exc:
        raise WorkerError("bad_source", f"{str(path)!r} is not valid JSON: {exc}") from exc
