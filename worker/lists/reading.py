"""Lists of trailers as users have them: one ListRow for every row, whatever is wrong with it.

The format follows from the file's first bytes, its suffix, or else its first lines: a spreadsheet (.xlsx, .ods, .xls),
one source a line (.txt), a table (.csv, .tsv, .md), JSON lines (.jsonl, .ndjson). Names of a table's columns and an
object's keys: `worker.lists.columns.NAMES`.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path

from classifier.data.one_hot import OneHot
from classifier.taxonomy import NO_TAXONOMY, Taxonomy
from worker.errors import WorkerError
from worker.links import find_links, is_video_id, looks_like_link
from worker.lists.columns import find_columns
from worker.lists.files import CountedLines, Encoding, find_encoding, read_lines, unreadable
from worker.lists.json_lines import read_json_row, unused_keys
from worker.lists.kinds import Kind, count_known, is_rule, is_usable, kind_of
from worker.lists.layout import NO_LAYOUT, Columns, Layout, list_names
from worker.lists.rows import NO_METADATA, ListRow, MetadataColumns, Values, make_row
from worker.lists.sheets import is_sheet, read_sheet
from worker.lists.table_rows import read_table
from worker.lists.tables import find_delimiter, read_records, split_line
from worker.lists.texts import read_text_line

__all__ = ["ListRow", "TrailerList", "absolute_source", "read_list"]

_KINDS = {".txt": "text", ".csv": "table", ".tsv": "table", ".tab": "table", ".jsonl": "json", ".ndjson": "json"}
_JSON_LINE = re.compile(r'\s*(?:\{\s*"|\{\s*$|\[\s*["{\[]|\[\s*$|"(?:[^"\\]|\\.)*"\s*$)')
_JSON_DOCUMENT = re.compile(r"\s*(?:\[|\{\s*$)")
_SAMPLE = 50  # lines that show what kind of list it is
_SAMPLE_LENGTH = 2000  # characters of each
_ROW = 11  # characters that excuse a row, those of an id: a row takes 20 us, however little is in it
_EMPTY_ROW = 25  # those that excuse a row without a source
_EXCUSED = 200_000  # of any list: some 10,000 rows


@dataclass(frozen=True, slots=True)
class TrailerList:
    """The rows of a list, read as they are needed; `notes` say what of the list is a guess or not used.

    `columns` are the headings of a table's columns that each field is read from, `one_hot` those of genres with a
    column each.
    """

    rows: Iterator[ListRow]
    notes: tuple[str, ...]
    columns: Mapping[str, Sequence[str]]
    one_hot: OneHot

    def __iter__(self) -> Iterator[ListRow]:
        return self.rows


def read_list(
    path: Path,
    *,
    columns: Columns | None = None,
    kept: MetadataColumns = NO_METADATA,
    taxonomy: Taxonomy = NO_TAXONOMY,
) -> TrailerList:
    """Return a list whose rows come in order; `columns` are those that the user names, `kept` those to be metadata.

    Words of the `taxonomy` may head columns of their own, as genres may.

    Raises WorkerError at once for a list that can't be read at all (file_not_found, empty_file, bad_source), and on
    the way (too_large) for one of very many rows with next to nothing in them; a single bad row has a `problem`.
    """
    try:
        values, layout, notes = _read_values(path, columns or {}, taxonomy)
    except OSError as exc:
        raise unreadable(path, exc) from exc
    rows = _make_rows(path, values, kept)
    first = next(rows, None)
    if first is None:
        raise WorkerError("empty_file", f"the list {str(path)!r} has no rows; give one source a line")
    notes = (*notes, *layout.notes, *_unused(path, layout, kept))
    return TrailerList(chain([first], rows), notes, layout.names(), layout.one_hot)


def absolute_source(text: str, folder: Path) -> str:
    """Return a link or bare YouTube id as it is, a path as an absolute one.

    A relative path starts from the list's `folder` if such a file is there, else from the working folder.
    """
    if not text or "://" in text:
        return text
    try:
        path = Path(text).expanduser()
        for candidate in (folder / path, path):
            if candidate.exists():
                return str(candidate.absolute())
    except (OSError, ValueError, RuntimeError):  # a name too long, with a NUL, or "~nobody"
        return text
    return text if is_video_id(text) or looks_like_link(text) else str(path.absolute())


def _unused(path: Path, layout: Layout, kept: MetadataColumns) -> Iterator[str]:
    """Yield a note of the columns that are not used; raises WorkerError for one to be kept that isn't there."""
    there = {name.casefold() for name in layout.unused.values()}
    missing = [name for name in kept.names if layout.header and name.strip().casefold() not in there]
    if missing:
        unused = list_names(list(layout.unused.values())) or "none"
        raise WorkerError(
            "bad_source", f"the list {str(path)!r} has no unused column {missing[0]!r} to keep; unused are: {unused}"
        )
    if left := [name for name in layout.unused.values() if not kept.covers(name)]:
        what = f"{'columns' if layout.header else 'keys'} {list_names(left)}"
        yield f"not used: the {what}; to use one, name it with --columns FIELD=NAME, or keep it with --metadata NAME"


def _make_rows(path: Path, found: Iterator[Values], kept: MetadataColumns) -> Iterator[ListRow]:
    try:
        for number, values in enumerate(found, start=1):
            yield make_row(number, values, kept)
    except OSError as exc:
        raise unreadable(path, exc) from exc


def _read_values(path: Path, columns: Columns, taxonomy: Taxonomy) -> tuple[Iterator[Values], Layout, tuple[str, ...]]:
    """Return the values of each row, the layout of a table, and what is to be noted of the file."""
    if is_sheet(path):
        records, notes = read_sheet(path)
        return *read_table(path, records, columns, taxonomy), notes
    encoding = find_encoding(path)
    lines = CountedLines(read_lines(path, encoding))
    sample = list(islice(lines, _SAMPLE))
    values, layout = _read_lines(path, sample, chain(sample, lines), columns, taxonomy)
    return _limit(path, values, lines), layout, _encoding_notes(encoding)


def _limit(path: Path, values: Iterator[Values], lines: CountedLines) -> Iterator[Values]:
    """Yield the values of each row; raises WorkerError (too_large) for too many rows with next to nothing in them."""
    needed = 0
    for each in values:
        needed += _ROW if is_usable(str(each.fields.get("source", ""))) else _EMPTY_ROW
        if needed > _EXCUSED + lines.n_characters:
            raise WorkerError(
                "too_large",
                f"the list {str(path)!r} has very many short rows without a link, id or video file; check it, or split "
                "it into lists of 5,000 rows",
            )
        yield each


def _encoding_notes(encoding: Encoding) -> tuple[str, ...]:
    if not encoding.guessed:
        return ()
    return (f"read as {encoding.name}, which is a guess; if titles look wrong, save the list as UTF-8",)


def _read_lines(
    path: Path, sample: Sequence[str], lines: Iterator[str], columns: Columns, taxonomy: Taxonomy
) -> tuple[Iterator[Values], Layout]:
    filled = [line[:_SAMPLE_LENGTH] for line in sample if line.strip()]
    kind = _kind(path.suffix.lower(), filled)
    if kind == "table":
        return read_table(path, read_records(lines), columns, taxonomy)
    if kind == "markdown":
        return _read_markdown(path, lines, columns, taxonomy)
    if kind == "text":
        return filter(None, map(read_text_line, lines)), NO_LAYOUT
    if filled and _JSON_DOCUMENT.match(filled[0]):
        raise WorkerError(
            "bad_source",
            f"{str(path)!r} is one JSON document; write an object a line: jq -c '.[]' {path.name} > list.jsonl",
        )
    layout = replace(NO_LAYOUT, unused=dict(enumerate(unused_keys(filled, columns))))
    return map(partial(read_json_row, columns=columns), filter(str.strip, lines)), layout


def _read_markdown(
    path: Path, lines: Iterator[str], columns: Columns, taxonomy: Taxonomy
) -> tuple[Iterator[Values], Layout]:
    """Return the rows of the tables, then those of the links outside them."""
    outside: list[str] = []

    def table_lines() -> Iterator[str]:
        for line in lines:
            if line.lstrip().startswith("|"):
                yield line.replace("\\|", "&#124;")
            elif find_links(line):
                outside.append(line)

    records = read_records(table_lines())
    try:
        values, layout = read_table(path, records, columns, taxonomy)
    except WorkerError:
        deque(records, maxlen=0)
        if columns or not outside:
            raise
        values, layout = (
            iter(()),
            replace(NO_LAYOUT, notes=("not used: the tables, which have no column with sources",)),
        )
    return chain(values, filter(None, map(read_text_line, outside))), layout


def _kind(suffix: str, lines: Sequence[str]) -> str:
    if suffix in _KINDS and suffix != ".txt":
        return _KINDS[suffix]
    if any(line.lstrip().startswith("|") for line in lines) and any(is_rule([line]) for line in lines):
        return "markdown"
    first = lines[0] if lines else ""
    cells = split_line(first, find_delimiter([first]))
    has_source = bool(find_columns(cells)["source"])
    if _has_columns(lines):
        return "table"
    if suffix == ".txt":  # Excel's "Unicode text" is a table
        return "table" if has_source and len(cells) > 1 else "text"
    if _JSON_LINE.match(first):
        return "json"
    if len(cells) > 1:
        has_source = has_source or kind_of(cells[0]) is not Kind.OTHER or count_known(cells) > 1
    return "table" if has_source else "text"


def _has_columns(lines: Sequence[str]) -> bool:
    """Tell whether tabs part all lines into the same number of cells, one of them a link or an id in most."""
    rows = [line.rstrip("\r\n").split("\t") for line in lines if not line.startswith("#")]
    if len({len(row) for row in rows}) != 1 or len(rows[0]) == 1:
        return False
    return sum(any(kind_of(cell) in (Kind.LINK, Kind.ID) for cell in row) for row in rows) > len(rows) / 2
