"""Lists of labels: the film or trailer that each row of a table or JSON line names, and its genres."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from classifier.data.one_hot import NO_ONE_HOT, SAMPLE, OneHot, find_one_hot
from classifier.taxonomy import Taxonomy
from worker.cells import clean_text, read_cell
from worker.errors import WorkerError
from worker.lists.columns import find_columns, fold, is_blank
from worker.lists.files import find_encoding, read_lines, unreadable
from worker.lists.rows import name_type, read_genres, read_json_line, read_year
from worker.lists.tables import Record, read_records, too_wide

MAX_NAME = 4096  # characters
ID_COLUMNS = ("trailerid", "imdbid", "tconst")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a user names; None: found by their usual names."""

    id: str | None = None
    title: str | None = None
    genres: str | None = None


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One row: all that may name its trailer (ids, links, paths), its genres as written, or a `problem`.

    `row` counts from 1, without header and blank lines; `title` ends with the year, where there is a column for that.
    """

    names: tuple[str, ...]
    title: str | None
    genres: tuple[str, ...]
    problem: str | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class LabelList:
    """The rows of a list, read as they are needed; `notes` say what its one-hot columns were taken for."""

    rows: Iterator[LabelRow]
    one_hot: OneHot = NO_ONE_HOT
    notes: tuple[str, ...] = ()


def read_labels(path: Path, columns: Columns, taxonomy: Taxonomy) -> LabelList:
    """Return the rows of a csv, tsv or jsonl list; raises WorkerError for a list that can't be read or has no genres.

    Words of the `taxonomy` may head columns of their own, as genres may.
    """
    lines = read_lines(path, find_encoding(path))
    try:
        first = next((line for line in lines if line.strip()), "")
        rest = chain([first], lines)
        if first.lstrip().startswith("{"):
            return LabelList(_readable(path, _json_rows(rest, columns)))
        found = _read_table(path, rest, columns, taxonomy)
    except OSError as exc:
        raise unreadable(path, exc) from exc
    return replace(found, rows=_readable(path, found.rows))


def _readable(path: Path, rows: Iterator[LabelRow]) -> Iterator[LabelRow]:
    try:
        for number, row in enumerate(rows, start=1):
            yield replace(row, row=number)
    except OSError as exc:
        raise unreadable(path, exc) from exc


def _read_table(path: Path, lines: Iterator[str], columns: Columns, taxonomy: Taxonomy) -> LabelList:
    records = read_records(lines)
    header = next(records, None)
    if header is None:
        raise WorkerError("empty_file", f"{str(path)!r} has no rows")
    places = _places(header.cells, columns)
    one_hot = NO_ONE_HOT
    if not places["genres"] and columns.genres is None:
        sample = list(islice(records, SAMPLE))
        records = chain(sample, records)
        taken = (*places["names"], *places["title"])
        one_hot = find_one_hot(header.cells, [record.cells for record in sample], taxonomy, taken)
    if not (places["genres"] or one_hot.columns) or not (places["names"] or places["title"]):
        raise WorkerError(
            "bad_source",
            f"{str(path)!r} needs a column of genres and one that names the trailers (trailer_id, imdb_id, url, path "
            f"or title); its columns are {', '.join(header.cells[:20])[:500]}; name them with --genres-column, "
            "--id-column, --title-column",
        )
    read = partial(_read_record, places=places, one_hot=one_hot, width=len(header.cells))
    return LabelList(map(read, records), one_hot, tuple(one_hot.notes(taxonomy)))


def _read_record(record: Record, places: Mapping[str, Sequence[int]], one_hot: OneHot, width: int) -> LabelRow:
    cells = [read_cell(cell) for cell in record.cells]
    values: dict[str, list[Any]] = {field: [_at(cells, place) for place in found] for field, found in places.items()}
    if one_hot.columns:
        values["genres"] = [list(one_hot.read(cells))]
    return _row(values, record.problem or too_wide(cells, width) or one_hot.doubt(cells))


def _json_rows(lines: Iterator[str], columns: Columns) -> Iterator[LabelRow]:
    for line in lines:
        if not line.strip():
            continue
        value, problem = read_json_line(line)
        if not isinstance(value, dict):
            yield LabelRow((), None, (), problem or f"it is {name_type(value)}, not a JSON object")
            continue
        values = list(value.values())
        places = _places(list(value), columns)
        yield _row({field: [values[place] for place in found] for field, found in places.items()}, None)


def _places(header: Sequence[str], columns: Columns) -> dict[str, tuple[int, ...]]:
    """Return the places of the names, title and genres; none for a column that a user names and that isn't there."""
    found = find_columns(header)
    ids = tuple(place for place, name in enumerate(header) if fold(name) in ID_COLUMNS)
    others = (place for field in ("source", "id", "imdb_id", "external_id", "film_id") for place in found[field])
    return {
        "names": _named(header, columns.id, tuple(dict.fromkeys((*ids, *others)))),
        "title": _named(header, columns.title, found["title"]),
        "year": found["year"],
        "genres": _named(header, columns.genres, found["genres"][:1]),
    }


def _named(header: Sequence[str], wanted: str | None, found: tuple[int, ...]) -> tuple[int, ...]:
    if wanted is None:
        return found
    return tuple(place for place, name in enumerate(header) if name.strip().casefold() == wanted.strip().casefold())[:1]


def _row(values: Mapping[str, Sequence[Any]], problem: str | None) -> LabelRow:
    names = tuple(text for value in values["names"] if (text := _text(value)))
    title, year = (next((text for value in values[name] if (text := _text(value))), None) for name in ("title", "year"))
    if title and (number := read_year(year or "")[0]):
        title = f"{title} ({number})"
    return LabelRow(names, title, read_genres(next(iter(values["genres"]), "")), problem)


def _text(value: Any) -> str:
    """Return a cell's text, "" for a blank one or one that is neither text nor number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = clean_text(str(value)).strip()[:MAX_NAME]
    return "" if is_blank(text) else text


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""
