"""Tables of published data sets: found in a folder by name, read as a stream; errors say what was expected."""

import json
import stat
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from worker.cells import clean_text
from worker.errors import WorkerError
from worker.lists.files import find_encoding, read_lines, unreadable
from worker.lists.tables import read_records

MAX_ROWS = 5_000_000
MAX_JSON = 512 * 2**20  # bytes; Trailers12k's metadata of 12,000 films is read whole
SPLITS = {
    "trn": "train",
    "train": "train",
    "val": "valid",
    "valid": "valid",
    "dev": "valid",
    "tst": "test",
    "test": "test",
}
SUBSETS = {"0": "train", "1": "valid", "2": "test"}

Cells = dict[str, str]


def find_file(path: Path, names: Sequence[str]) -> Path:
    """Return `path` itself if it is a file, else the first of `names` in that folder; raises WorkerError."""
    if path.is_file():
        return path
    if found := _find_in(path, names):
        return found
    raise WorkerError("file_not_found", f"{str(path)!r} is not a file, and holds none named {' or '.join(names)}")


def find_beside(path: Path, names: Sequence[str]) -> Path | None:
    """Return the first of `names` that is a file in the folder of `path`, None without one."""
    return _find_in(path.parent, names)


def _find_in(folder: Path, names: Sequence[str]) -> Path | None:
    return next((file for name in names if (file := folder / name).is_file()), None)


def read_table(path: Path, columns: Sequence[str]) -> Iterator[Cells]:
    """Yield the cells of each row of a CSV file by column, stripped; those of a row that can't be read are "".

    `columns` must be there, in upper or lower case; the names of others are in lower case. Raises WorkerError for a
    file that can't be read or lacks a column.
    """
    records = read_records(read_lines(path, find_encoding(path)))
    try:
        first = next(records, None)
    except OSError as exc:
        raise unreadable(path, exc) from exc
    if first is None:
        raise WorkerError("empty_file", f"{str(path)!r} has no rows")
    asked = {name.casefold(): name for name in columns}
    header = [asked.get(name, name) for name in (cell.strip().casefold() for cell in first.cells)]
    if missing := [name for name in columns if name not in header]:
        raise WorkerError(
            "bad_source",
            f"{str(path)!r} has no column {', '.join(missing)}; expected: {', '.join(columns)}; "
            f"found: {', '.join(header[:40])}",
        )
    for number, record in enumerate(records, start=1):
        if number > MAX_ROWS:
            raise WorkerError("too_large", f"{str(path)!r} has more than {MAX_ROWS:,} rows; split it")
        cells = [clean_text(cell).strip() for cell in record.cells]
        yield dict(zip_longest(header, cells[: len(header)], fillvalue=""))


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
