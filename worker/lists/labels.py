"""Lists of labels: the film or trailer that each row of a table or JSON line names, and its genres."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from worker.cells import clean_text, read_cell
from worker.errors import WorkerError
from worker.lists.columns import find_columns, fold, is_blank
from worker.lists.files import find_encoding, read_lines, unreadable
from worker.lists.rows import name_type, read_genres, read_json_line
from worker.lists.tables import read_records

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
    """One row: all that may name its trailer (ids, links, paths), its title, its genres as written, or a `problem`."""

    names: tuple[str, ...]
    title: str | None
    genres: tuple[str, ...]
    problem: str | None = None


def read_labels(path: Path, columns: Columns) -> Iterator[LabelRow]:
    """Yield the rows of a csv, tsv or jsonl list; raises WorkerError for a list that can't be read or has no genres."""
    lines = read_lines(path, find_encoding(path))
    try:
        first = next((line for line in lines if line.strip()), "")
        rest = chain([first], lines)
        yield from _json_rows(rest, columns) if first.lstrip().startswith("{") else _table_rows(path, rest, columns)
    except OSError as exc:
        raise unreadable(path, exc) from exc


def _table_rows(path: Path, lines: Iterator[str], columns: Columns) -> Iterator[LabelRow]:
    records = read_records(lines)
    header = next(records, None)
    if header is None:
        raise WorkerError("empty_file", f"{str(path)!r} has no rows")
    places = _places(header.cells, columns)
    if not places["genres"] or not (places["names"] or places["title"]):
        raise WorkerError(
            "bad_source",
            f"{str(path)!r} needs a column of genres and one that names the trailers (trailer_id, imdb_id, url, path "
            f"or title); its columns are {', '.join(header.cells[:20])[:500]}; name them with --genres-column, "
            "--id-column, --title-column",
        )
    for record in records:
        cells = [read_cell(cell) for cell in record.cells]
        yield _row({field: [_at(cells, place) for place in found] for field, found in places.items()}, record.problem)


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
        "genres": _named(header, columns.genres, found["genres"][:1]),
    }


def _named(header: Sequence[str], wanted: str | None, found: tuple[int, ...]) -> tuple[int, ...]:
    if wanted is None:
        return found
    return tuple(place for place, name in enumerate(header) if name.strip().casefold() == wanted.strip().casefold())[:1]


def _row(values: Mapping[str, Sequence[Any]], problem: str | None) -> LabelRow:
    names = tuple(text for value in values["names"] if (text := _text(value)))
    title = next((text for value in values["title"] if (text := _text(value))), None)
    return LabelRow(names, title, read_genres(next(iter(values["genres"]), "")), problem)


def _text(value: Any) -> str:
    """Return a cell's text, "" for a blank one or one that is neither text nor number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = clean_text(str(value)).strip()[:MAX_NAME]
    return "" if is_blank(text) else text


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""
