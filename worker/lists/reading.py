"""Lists of trailers as users have them: one ListRow for every row, whatever is wrong with it.

The format follows from the suffix or else the first line: one source a line (.txt), a table with a header (.csv,
.tsv), JSON lines (.jsonl, .ndjson). Names of a table's columns and an object's keys: `worker.lists.columns.NAMES`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from worker.cells import read_cell
from worker.errors import WorkerError
from worker.links import is_video_id, looks_like_link
from worker.lists.columns import count_known, find_columns, find_source, is_blank
from worker.lists.files import find_encoding, read_lines, unreadable
from worker.lists.rows import ListRow, make_row, name_type, read_json_line
from worker.lists.tables import find_delimiter, read_records, split_line

__all__ = ["ListRow", "absolute_source", "read_list"]

_KINDS = {".txt": "text", ".csv": "table", ".tsv": "table", ".tab": "table", ".jsonl": "json", ".ndjson": "json"}
_JSON_LINE = re.compile(r'\s*(?:\{\s*"|\{\s*$|\[\s*["{\[]|\[\s*$|"(?:[^"\\]|\\.)*"\s*$)')
_JSON_DOCUMENT = re.compile(r"\s*(?:\[|\{\s*$)")

# The values of one row, by the fields of NAMES, and why it can't be used.
_Values = tuple[Mapping[str, object], str | None]


def read_list(path: Path) -> Iterator[ListRow]:
    """Return the rows of a list in order, read as they are needed.

    Raises WorkerError at once for a list that can't be read at all (file_not_found, empty_file, bad_source); a
    single bad row has a `problem` instead.
    """
    rows = _read_rows(path)
    first = next(rows, None)
    if first is None:
        raise WorkerError("empty_file", f"the list {str(path)!r} has no rows; give one source a line")
    return chain([first], rows)


def absolute_source(text: str, folder: Path) -> str:
    """Return a link or bare YouTube id as it is, a path as an absolute one.

    A relative path starts from the list's `folder` if such a file is there, else from the working folder.
    """
    if not text or looks_like_link(text):
        return text
    try:
        path = Path(text).expanduser()
        for candidate in (folder / path, path):
            if candidate.exists():
                return str(candidate.absolute())
    except (OSError, ValueError, RuntimeError):  # a name too long, with a NUL, or "~nobody"
        return text
    return text if is_video_id(text) else str(path.absolute())


def _read_rows(path: Path) -> Iterator[ListRow]:
    lines = read_lines(path, find_encoding(path))
    try:
        first = next((line for line in lines if line.strip()), "")
        found = _find_rows(path, first, chain([first], lines))
        for number, (values, problem) in enumerate(found, start=1):
            yield make_row(number, values, problem)
    except OSError as exc:
        raise unreadable(path, exc) from exc


def _find_rows(path: Path, first: str, lines: Iterator[str]) -> Iterator[_Values]:
    kind = _kind(path.suffix.lower(), first)
    if kind == "text":
        return _text_rows(lines)
    if kind == "table":
        return _table_rows(path, lines)
    if _JSON_DOCUMENT.match(first):
        raise WorkerError(
            "bad_source",
            f"{str(path)!r} is one JSON document; write an object a line: jq -c '.[]' {path.name} > list.jsonl",
        )
    return _json_rows(lines)


def _kind(suffix: str, line: str) -> str:
    if suffix in _KINDS and suffix != ".txt":
        return _KINDS[suffix]
    cells = split_line(line, find_delimiter(line))
    has_source = bool(find_columns(cells)["source"])
    if suffix == ".txt":  # Excel's "Unicode text" is a table
        return "table" if has_source and len(cells) > 1 else "text"
    if _JSON_LINE.match(line):
        return "json"
    if len(cells) > 1:
        has_source = has_source or find_source(cells) == 0 or count_known(cells) > 1
    return "table" if has_source else "text"


def _text_rows(lines: Iterator[str]) -> Iterator[_Values]:
    for line in lines:
        source = line.strip()
        if source and not source.startswith("#"):
            yield {"source": source}, None


def _table_rows(path: Path, lines: Iterator[str]) -> Iterator[_Values]:
    records = read_records(lines)
    header = next(records, None)
    if header is None:
        return
    columns, width = _find_layout(path, header.cells)
    for record in records if width else chain([header], records):
        problem = record.problem or _too_wide(record.cells, width)
        yield {field: _first_filled(record.cells, places) for field, places in columns.items()}, problem


def _find_layout(path: Path, cells: Sequence[str]) -> tuple[Mapping[str, Sequence[int]], int | None]:
    """Return the places of a table's fields and the width of its header, None where its first row isn't one."""
    columns = find_columns(cells)
    place = find_source(cells)
    if place is not None and (not columns["source"] or looks_like_link(cells[place].strip())):
        return {"source": (place,)}, None
    if columns["source"]:
        return columns, len(cells)
    if len(cells) == 1:
        return {"source": (0,)}, 1
    raise _no_source_column(path, cells)


def _first_filled(cells: Sequence[str], places: Sequence[int]) -> str:
    texts = (read_cell(cells[place]).strip() for place in places if place < len(cells))
    return next((text for text in texts if not is_blank(text)), "")


def _too_wide(cells: Sequence[str], width: int | None) -> str | None:
    if width is None or not any(cell.strip() for cell in cells[width:]):
        return None
    return f"it has {len(cells)} cells, the header has {width}; put quotes around a text that holds the separator"


def _no_source_column(path: Path, cells: Sequence[str]) -> WorkerError:
    found = ", ".join(repr(cell.strip()[:40]) for cell in cells[:12]) + (", ..." if len(cells) > 12 else "")
    return WorkerError(
        "bad_source",
        f"the list {str(path)!r} has no column with sources; its columns are {found or 'none'}; "
        "name one of them url, link, trailer, path, file or youtube_id",
    )


def _json_rows(lines: Iterator[str]) -> Iterator[_Values]:
    for line in lines:
        if line.strip():
            yield _json_row(line)


def _json_row(line: str) -> _Values:
    value, problem = read_json_line(line)
    if problem:
        return {}, problem
    if isinstance(value, str):
        return {"source": value}, None
    if not isinstance(value, dict):
        return {}, f"it is {name_type(value)}, not a JSON object or string"
    keys, values = list(value), list(value.values())
    return {field: _first_given(values, places) for field, places in find_columns(keys).items()}, None


def _first_given(values: Sequence[object], places: Sequence[int]) -> object:
    given = (values[place] for place in places)
    return next((value for value in given if value not in (None, False) and not is_blank(str(value).strip())), None)
