"""Layouts: where a table's header is and which field each column holds, by the header's names and by the cells."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from classifier.data.one_hot import NO_ONE_HOT, OneHot, find_one_hot
from classifier.taxonomy import Taxonomy
from worker.cells import read_cell
from worker.errors import WorkerError
from worker.lists.columns import find_columns, fold, is_known
from worker.lists.kinds import TELLING, USABLE, Kind, kind_of

_MAX_ABOVE = 10  # rows above a header
_MAX_HEADING = 60  # characters of a heading in a list's middle
_MAX_CELLS = 500  # of a row; a table has no more columns
_IMDB_ID = re.compile(r"tt\d{7,9}")
_SOURCE_SHARE = 0.5  # of the filled cells of a column that holds sources
Columns = Mapping[str, str]  # the column that a user names for a field: its heading, or its number from 1


@dataclass(frozen=True)
class Layout:
    """The places of a table's fields, the preferred one first; `notes` say what of it is a guess.

    `first` is the number of rows down to the header and including it, `header` its cells, None without one; `site` is
    the place of the column that names the site of the ids in a column `key`, as TMDB has them. `one_hot` are the
    columns of genres, where there is one for each. `unused` are the columns that hold no field, by place.
    """

    places: Mapping[str, Sequence[int]]
    header: Sequence[str] | None
    first: int
    notes: tuple[str, ...] = ()
    site: int | None = None
    one_hot: OneHot = NO_ONE_HOT
    unused: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def is_single(self) -> bool:
        """Tell whether the table has one column, whose cells are lines."""
        return len(self.header or ()) <= 1 and not self.others

    @cached_property
    def others(self) -> tuple[tuple[str, Sequence[int]], ...]:
        """The places of all fields but the source that have any."""
        return tuple((field, places) for field, places in self.places.items() if places and field != "source")

    def names(self) -> dict[str, tuple[str, ...]]:
        """Return the headings, or the numbers, of the columns that each field is read from."""
        header = self.header or ()
        return {field: tuple(_at(header, place) for place in places) for field, places in self.places.items() if places}


NO_LAYOUT = Layout({}, None, 0)


def find_layout(path: Path, rows: Sequence[Sequence[str]], columns: Columns, taxonomy: Taxonomy) -> Layout:
    """Return the layout of a table by its first rows; raises WorkerError (bad_source) where nothing holds sources.

    `columns` are those that the user names, `taxonomy` has the words that may head a column of their own.
    """
    rows = [row[:_MAX_CELLS] for row in rows]
    kinds = [[kind_of(cell) for cell in row] for row in rows]
    place = _header_place(rows, kinds)
    header = rows[place] if place is not None else None
    first = 0 if place is None else place + 1
    found = {field: list(places) for field, places in find_columns(header or ()).items()}
    by_cells = _source_columns(
        [row[: len(header or row)] for row in kinds[first:]],
        taken={at for field in found if field not in ("id", "title") for at in found[field]},
        titles=found["title"],
    )
    key, site = find_key(header or ()) or (None, None)
    found["source"] += by_cells if key is None else [key]
    if header is None:
        found |= _guess_fields(rows, found["source"])
    found |= {field: [_named(path, header, rows, name)] for field, name in columns.items()}
    if not found["source"] and max(map(len, rows), default=0) <= 1:
        found = {"source": [0]}
    if not found["source"]:
        raise _no_source_column(path, header or (rows[0] if rows else ()))
    used = {site, *(at for places in found.values() for at in places)}
    one_hot = NO_ONE_HOT if found.get("genres") else find_one_hot(header or (), rows[first:], taxonomy, used)
    notes = [
        *_notes_on_header(rows, place, header, found),
        *_notes_on_guesses(header, found, by_cells),
        *one_hot.notes(taxonomy),
    ]
    told = {*one_hot.unknown, *one_hot.spoiled}
    used |= {at for at, _ in one_hot.columns}
    names = {at: name.strip() for at, name in enumerate(header or ()) if at not in used}
    unused = {at: name for at, name in names.items() if name and name not in told}
    return Layout(found, header, first, tuple(notes), site, one_hot, unused)


def find_key(header: Sequence[str]) -> tuple[int, int] | None:
    """Return the places of TMDB's columns `key`, which holds ids, and `site`, which names the site of each."""
    names = [fold(name) for name in header]
    return (names.index("key"), names.index("site")) if {"key", "site"} <= set(names) else None


def is_header(cells: Sequence[str]) -> bool:
    """Tell whether cells name a source and another field, and hold nothing that may be a source."""
    if any(len(cell) > _MAX_HEADING or "://" in cell for cell in cells):
        return False
    if not TELLING.isdisjoint(map(kind_of, cells)) or not any(map(is_known, cells)):
        return False
    found = find_columns(cells)
    return bool(found["source"]) and sum(map(bool, found.values())) > 1


def _header_place(rows: Sequence[Sequence[str]], kinds: Sequence[Sequence[Kind]]) -> int | None:
    """Return the row that is the header: the one with most known names of those above the first with a source.

    A title above it may link to some other place.
    """
    best, place = (-1, -1), None
    for n, row in enumerate(rows):
        fitness = sum(map(is_known, row)), sum(bool(cell.strip()) for cell in row)
        if n < _MAX_ABOVE and fitness[1] == 1 and Kind.ADDRESS in kinds[n] and any(map(is_header, rows[n + 1 : n + 4])):
            continue
        if _is_data(row, kinds[n], is_first=best[0] < 1):
            return place
        if n < _MAX_ABOVE and fitness > best:
            best, place = fitness, n
    return place


def _is_data(row: Sequence[str], kinds: Sequence[Kind], *, is_first: bool) -> bool:
    """Tell whether a row has a source; what only looks like an id or a file may be a heading, before a header."""
    if Kind.LINK in kinds or Kind.ADDRESS in kinds:
        return True
    return not USABLE.isdisjoint(kinds) and not (is_first and find_columns(row)["source"])


def _source_columns(kinds: Sequence[Sequence[Kind]], *, taken: Collection[int], titles: Collection[int]) -> list[int]:
    """Return the columns that aren't taken in which most filled cells can be sources, links first.

    Titles may have links behind them, but are neither ids nor files.
    """
    width = max(map(len, kinds), default=0)
    found: list[tuple[bool, int]] = []
    for place in range(width):
        column = [row[place] for row in kinds if place < len(row) and row[place] is not Kind.BLANK]
        usable = [kind for kind in column if kind in USABLE and (kind is Kind.LINK or place not in titles)]
        if place not in taken and usable and len(usable) >= _SOURCE_SHARE * len(column):
            found.append((Kind.LINK not in usable, place))
    return [place for _, place in sorted(found)]


def _guess_fields(rows: Sequence[Sequence[str]], sources: Sequence[int]) -> dict[str, list[int]]:
    """Return the columns of IMDb ids and of titles in a table without a header."""
    guessed: dict[str, list[int]] = {}
    for place in range(max(map(len, rows), default=0)):
        texts = [text for row in rows if place < len(row) and (text := read_cell(row[place]).strip())]
        if place in sources or not texts:
            continue
        if all(map(_IMDB_ID.fullmatch, texts)):
            guessed.setdefault("id", [place])
        elif sum(any(map(str.isalpha, text)) and len(text) <= 200 for text in texts) > len(texts) / 2:
            guessed.setdefault("title", [place])
    return guessed


def _named(path: Path, header: Sequence[str] | None, rows: Sequence[Sequence[str]], name: str) -> int:
    """Return the place of a column that the user names by its heading or its number."""
    for place, each in enumerate(header or ()):
        if each.strip().casefold() == name.casefold():
            return place
    width = max(map(len, rows), default=0)
    if name.isdecimal() and 1 <= int(name) <= width:
        return int(name) - 1
    known = f"its columns are {list_names(header)}" if header else f"it has no header; give a number from 1 to {width}"
    raise WorkerError("bad_source", f"the list {str(path)!r} has no column {name!r}; {known}")


def _notes_on_header(
    rows: Sequence[Sequence[str]], place: int | None, header: Sequence[str] | None, found: Mapping[str, Sequence[int]]
) -> Iterator[str]:
    if place:
        above = "; ".join(" ".join(filter(None, map(str.strip, row)))[:60] for row in rows[:place])
        yield f"skipped above the header: {above!r}"
    if header is None:
        read = ", ".join(f"column {each[0] + 1} as {field}" for field, each in found.items() if each)
        yield f"there is no header: read {read}"


def _notes_on_guesses(
    header: Sequence[str] | None, found: Mapping[str, Sequence[int]], by_cells: Sequence[int]
) -> Iterator[str]:
    if header and (guessed := [_at(header, at) for at in by_cells if at in found["source"]]):
        yield f"read as sources because of their cells: the columns {list_names(guessed)}"


def _at(header: Sequence[str], place: int) -> str:
    return header[place].strip() if place < len(header) and header[place].strip() else f"column {place + 1}"


def list_names(names: Sequence[str]) -> str:
    """Return headings in words, the first twelve."""
    return ", ".join(repr(name.strip()[:40]) for name in names[:12]) + (", ..." if len(names) > 12 else "")


def _no_source_column(path: Path, cells: Sequence[str]) -> WorkerError:
    return WorkerError(
        "bad_source",
        f"the list {str(path)!r} has no column with sources; its columns are {list_names(cells) or 'none'}; "
        "name one of them url, link, trailer, path, file or youtube_id, or give --columns source=NAME",
    )
