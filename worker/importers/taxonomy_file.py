"""Taxonomy files: a house's words and what each means, as a csv table or a JSON object, read and written."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from classifier.errors import BadTaxonomy
from classifier.taxonomy import Taxonomy, fold_word, make_taxonomy
from worker.cells import clean_text, read_cell, write_cell
from worker.errors import WorkerError
from worker.lists.columns import find_columns, split_genres
from worker.lists.files import find_encoding, read_lines, unreadable
from worker.lists.rows import name_type
from worker.lists.tables import read_records

COLUMNS = ("word", "genres")
NOT_A_GENRE = "not a genre"
MAX_BYTES = 10_000_000
_FORM = "give a csv table with the columns word and genres, or a JSON object of words and their genres"
Row = tuple[str, Sequence[str]]


def read_taxonomy(path: Path) -> Taxonomy:
    """Return the taxonomy in a csv or JSON file; raises WorkerError for one that can't be read or used.

    Genres are separated by `|`, or are a JSON list; none, or `not a genre`, says that a word is not a genre.
    """
    try:
        encoding = find_encoding(path)
        if path.stat().st_size > MAX_BYTES:
            raise WorkerError("too_large", f"the taxonomy {str(path)!r} has more than {MAX_BYTES:,} bytes")
        lines = read_lines(path, encoding)
        text = "".join(lines) if path.suffix.lower() == ".json" else None
        return make_taxonomy(_table_rows(path, lines) if text is None else _json_rows(path, text))
    except BadTaxonomy as exc:
        raise WorkerError("bad_source", f"the taxonomy {str(path)!r} can't be used: {exc}") from exc
    except OSError as exc:
        raise unreadable(path, exc) from exc


def write_taxonomy(taxonomy: Taxonomy, suffix: str) -> str:
    """Return the text of a file that `read_taxonomy` reads back as the same taxonomy: .json, else csv."""
    if suffix.lower() == ".json":
        return json.dumps({word: list(genres) for word, genres in taxonomy.words.items()}, ensure_ascii=False, indent=2)
    out = io.StringIO()
    rows = ((write_cell(word), "|".join(genres) or NOT_A_GENRE) for word, genres in taxonomy.words.items())
    csv.writer(out, lineterminator="\n").writerows((COLUMNS, *rows))
    return out.getvalue()


def _table_rows(path: Path, lines: Iterator[str]) -> Iterator[Row]:
    records = read_records(lines)
    header = next(records, None)
    genres = find_columns(header.cells)["genres"] if header else ()
    if header is None or not genres or len(header.cells) < 2:
        raise WorkerError("bad_source", f"{str(path)!r} has no column 'genres'; {_FORM}")
    names = [fold_word(name) for name in header.cells]
    word = names.index(COLUMNS[0]) if COLUMNS[0] in names else int(genres[0] == 0)
    for record in records:
        cells = [*map(read_cell, record.cells), *[""] * len(names)]
        if record.problem:
            raise WorkerError("bad_source", f"a row of {str(path)!r} can't be read: {record.problem}")
        if cells[word].strip():
            yield _row(cells[word], split_genres(cells[genres[0]]))


def _json_rows(path: Path, text: str) -> Iterator[Row]:
    try:
        pairs = json.loads(text, object_pairs_hook=list)  # a dict would hide a word that comes twice
    except (ValueError, RecursionError) as exc:
        raise WorkerError("bad_source", f"{str(path)!r} is not valid JSON: {exc}") from exc
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        raise WorkerError("bad_source", f"{str(path)!r} is {name_type(pairs)}, not an object; {_FORM}")
    for word, value in pairs:
        names = split_genres(value) if isinstance(value, str) else [] if value is None else value
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            raise WorkerError("bad_source", f"the genres of {word!r} in {str(path)!r} are {name_type(value)}; {_FORM}")
        yield _row(word, names)


def _row(word: str, names: Sequence[Any]) -> Row:
    is_none = [fold_word(name) for name in names] == [fold_word(NOT_A_GENRE)]
    return clean_text(word).strip(), [] if is_none else names
