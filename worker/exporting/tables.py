"""Tables: rows of one kind, written as CSV for people, JSON lines for programs or Parquet, complete or not at all."""

import codecs
import csv
import errno
import json
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

from worker.cells import write_cell
from worker.errors import WorkerError
from worker.exporting.parquet import Kind, load_pyarrow, write_parquet

AT_ONCE = 200  # rows in a chunk
Row = Mapping[str, object]
TextFormat = Literal["csv", "jsonl"]


@dataclass(frozen=True, slots=True)
class Table:
    """The columns in their order, each with the kind of its values, and the rows, read while they are written.

    A row has a value for each column, None where there is nothing to say.
    """

    columns: Mapping[str, Kind]
    rows: Iterable[Row]


def check_output(path: Path | None, *, list_path: Path | None = None) -> None:
    """Check, before the long work, that a table can be written to `path` and doesn't replace the list itself.

    Raises WorkerError: bad_source for an unsuitable name or place, file_not_found for a missing folder,
    disk_full.
    """
    if path is None:
        return
    _format(path)
    try:
        target = path.resolve()
        _check_place(path, target, list_path)
        part = _part_of(target)
        part.touch(exist_ok=False)
        part.unlink()
    except OSError as exc:
        raise _unwritable(path, exc) from exc


def write_table(table: Table, path: Path | None) -> None:
    """Write a .csv (UTF-8 with a mark, for Excel), .jsonl, .ndjson or .parquet file; to None: CSV on stdout.

    Whatever happens, the file is complete or as it was before. Raises WorkerError as `check_output`.
    """
    if path is None:
        sys.stdout.writelines(_csv_lines(table, line_end="\n"))
        return
    write = _format(path)
    target = path.resolve()  # a link stays one
    part = _part_of(target)
    try:
        with part.open("xb") as file:
            write(table, file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except OSError as exc:
        raise _unwritable(path, exc) from exc
    finally:
        part.unlink(missing_ok=True)


def render_table(table: Table, kind: TextFormat) -> Iterator[bytes]:
    """Yield the bytes of the file that `write_table` would write, some hundred rows at a time."""
    lines_of, encoding = _TEXTS[kind]
    lines, encoder = lines_of(table), codecs.getincrementalencoder(encoding)()
    while chunk := list(islice(lines, AT_ONCE)):
        yield encoder.encode("".join(chunk))


def json_lines(table: Table) -> Iterator[str]:
    """Yield a JSON object and a line end for each row."""
    for row in table.rows:
        yield json.dumps(row, allow_nan=False, default=_write_time) + "\n"


class _Line:
    """A file for a CSV writer, whose `writerow` returns what this `write` does: the line."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(table: Table, *, line_end: str = "\r\n") -> Iterator[str]:
    writer = csv.writer(_Line(), lineterminator=line_end)
    yield writer.writerow(table.columns)
    for row in table.rows:
        yield writer.writerow([_to_cell(value) for value in row.values()])


def _to_cell(value: object) -> object:
    """Return a value as CSV has it: lists separated by |, objects as JSON; no spreadsheet runs a text."""
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    elif isinstance(value, list):
        value = "|".join(value)
    elif isinstance(value, datetime):
        return _write_time(value)
    return write_cell(value) if isinstance(value, str) else value


def _write_time(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")


_TEXTS: Mapping[TextFormat, tuple[Callable[[Table], Iterator[str]], str]] = {
    "csv": (_csv_lines, "utf-8-sig"),
    "jsonl": (json_lines, "utf-8"),
}


def _write_text(table: Table, file: BinaryIO, *, kind: TextFormat) -> None:
    file.writelines(render_table(table, kind))


def _write_parquet(table: Table, file: BinaryIO) -> None:
    write_parquet(table.columns, table.rows, file)


_FORMATS: Mapping[str, Callable[[Table, BinaryIO], None]] = {
    ".csv": partial(_write_text, kind="csv"),
    ".jsonl": partial(_write_text, kind="jsonl"),
    ".ndjson": partial(_write_text, kind="jsonl"),
    ".parquet": _write_parquet,
}


def _format(path: Path) -> Callable[[Table, BinaryIO], None]:
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise WorkerError(
            "bad_source", f"{str(path)!r} is not a valid name for results; it must end in {', '.join(_FORMATS)}"
        )
    if suffix == ".parquet":
        load_pyarrow()
    return _FORMATS[suffix]


def _check_place(path: Path, target: Path, list_path: Path | None) -> None:
    if not target.parent.is_dir():
        raise WorkerError("file_not_found", f"there is no folder {str(path.parent)!r} for the results; make it first")
    if target.exists() and not target.is_file():
        raise WorkerError("bad_source", f"{str(path)!r} is a folder or a device; name a file for the results")
    if list_path is not None and target == list_path.resolve():
        raise WorkerError("bad_source", f"the results would replace the list {str(path)!r}; name another file")


def _part_of(target: Path) -> Path:
    return target.with_name(f".{secrets.token_hex(6)}.part")


def _unwritable(path: Path, exc: OSError) -> WorkerError:
    full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
    advice = "make room" if full else "name a file in a folder that you may write to"
    return WorkerError(
        "disk_full" if full else "bad_source", f"{str(path)!r} can't be written: {exc.strerror or exc}; {advice}"
    )
