"""Result rows of a batch, one for each row of its list, as CSV for people or JSON lines for programs."""

import codecs
import csv
import errno
import json
import math
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from db.identity import Scalar
from worker.cells import clean_text, write_cell
from worker.errors import WorkerError

N_GENRES = 3
AT_ONCE = 200  # rows in a chunk
_RANKED = tuple(f"{what}_{rank}" for rank in range(1, N_GENRES + 1) for what in ("genre", "score"))
COLUMNS = (
    *("row", "source", "id", "title", "trailer_id", "status", "code", "message", "n_frames", "duration_s"),
    *(*_RANKED, "passed", "model_id", "seconds"),
    *("external_id", "film_id", "year", "imdb_id", "franchise", "metadata"),
)
AS_THEY_ARE = (
    *("row", "source", "id", "title", "trailer_id", "status", "code", "message", "n_frames", "model_id"),
    *("external_id", "film_id", "year", "imdb_id", "franchise"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """The result of one row of a list; None where there is nothing to say.

    `genres` are (genre, score) in rank order, `passed` the genres over their thresholds, `duration_s` the video's
    seconds, `seconds` those of work, `code` and `message` are those of the error. What follows is the identity of the
    trailer as it is stored, `external_id` the row's own if it has one.
    """

    row: int
    source: str
    status: str
    id: str | None = None
    title: str | None = None
    trailer_id: str | None = None
    code: str | None = None
    message: str | None = None
    n_frames: int | None = None
    duration_s: float | None = None
    genres: tuple[tuple[str, float], ...] = ()
    passed: tuple[str, ...] = ()
    model_id: str | None = None
    seconds: float | None = None
    external_id: str | None = None
    film_id: str | None = None
    year: int | None = None
    imdb_id: str | None = None
    franchise: str | None = None
    metadata: Mapping[str, Scalar] = field(default_factory=dict)


def check_output(path: Path | None, *, list_path: Path | None = None) -> None:
    """Check, before the long work, that results can be written to `path` and don't replace the list itself.

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


def write_results(rows: Iterable[ResultRow], path: Path | None) -> None:
    """Write the rows to a .csv (UTF-8 with a mark, for Excel), .jsonl or .ndjson file; to None: CSV on stdout.

    Whatever happens, the file is complete or as it was before. Raises WorkerError as `check_output`.
    """
    if path is None:
        sys.stdout.writelines(_csv_lines(rows, line_end="\n"))
        return
    lines, encoding = _format(path)
    target = path.resolve()  # a link stays one
    part = _part_of(target)
    try:
        with part.open("x", encoding=encoding, newline="") as file:
            file.writelines(lines(rows))
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except OSError as exc:
        raise _unwritable(path, exc) from exc
    finally:
        part.unlink(missing_ok=True)


def result_document(row: ResultRow) -> dict[str, object]:
    """Return the row by its columns, in their order, numbers rounded; `passed` is a list."""
    document: dict[str, object] = dict.fromkeys(COLUMNS)
    for name in AS_THEY_ARE:
        document[name] = _clean(getattr(row, name))
    document["metadata"] = {clean_text(key): _clean(value) for key, value in row.metadata.items()}
    for rank, (genre, score) in enumerate(row.genres[:N_GENRES], start=1):
        document[f"genre_{rank}"], document[f"score_{rank}"] = clean_text(genre), _round(score, 4)
    document["passed"] = [clean_text(genre) for genre in row.passed]
    document["duration_s"], document["seconds"] = _round(row.duration_s, 3), _round(row.seconds, 3)
    return document


def render_results(rows: Iterable[ResultRow], kind: Literal["csv", "jsonl"]) -> Iterator[bytes]:
    """Yield the bytes of the file that `write_results` would write, some hundred rows at a time."""
    lines_of, encoding = _FORMATS[f".{kind}"]
    lines, encoder = lines_of(rows), codecs.getincrementalencoder(encoding)()
    while chunk := list(islice(lines, AT_ONCE)):
        yield encoder.encode("".join(chunk))


def json_lines(rows: Iterable[ResultRow]) -> Iterator[str]:
    """Yield a JSON object and a line end for each row."""
    for row in rows:
        yield json.dumps(result_document(row), allow_nan=False) + "\n"


class _Line:
    """A file for a CSV writer, whose `writerow` returns what this `write` does: the line."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(rows: Iterable[ResultRow], *, line_end: str = "\r\n") -> Iterator[str]:
    writer = csv.writer(_Line(), lineterminator=line_end)
    yield writer.writerow(COLUMNS)
    for row in rows:
        document = {**result_document(row), "passed": "|".join(row.passed), "metadata": _metadata_cell(row.metadata)}
        yield writer.writerow([write_cell(value) if isinstance(value, str) else value for value in document.values()])


def _metadata_cell(metadata: Mapping[str, Scalar]) -> str:
    return json.dumps(dict(metadata), ensure_ascii=False) if metadata else ""


_FORMATS: dict[str, tuple[Callable[[Iterable[ResultRow]], Iterator[str]], str]] = {
    ".csv": (_csv_lines, "utf-8-sig"),
    ".jsonl": (json_lines, "utf-8"),
    ".ndjson": (json_lines, "utf-8"),
}


def _format(path: Path) -> tuple[Callable[[Iterable[ResultRow]], Iterator[str]], str]:
    if path.suffix.lower() not in _FORMATS:
        raise WorkerError(
            "bad_source", f"{str(path)!r} is not a valid name for results; it must end in {', '.join(_FORMATS)}"
        )
    return _FORMATS[path.suffix.lower()]


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


def _clean(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


def _round(number: float | None, digits: int) -> float | None:
    return None if number is None or not math.isfinite(number) else round(float(number), digits)
