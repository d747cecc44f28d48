"""The labels table for training: the genres of pictures, plots or trailers, and their groups."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from classifier.data.one_hot import NO_ONE_HOT, SAMPLE, OneHot, find_one_hot
from classifier.errors import BadTrainingData
from classifier.genres import VOCABULARIES, read_genres
from classifier.taxonomy import HOUSE, NO_TAXONOMY, Taxonomy, read_tags
from classifier.title_stem import title_stem

GENRES = "genres"  # the column of genres, unless another is named
SPLIT = "split"  # the column of the published split, where there is one
MAX_FIELD = 10_000_000  # characters; plots of a few thousand pass Python's limit of 131,072 only by luck

_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # what a byte that is no UTF-8 is read as
_YEAR = re.compile(r"(?:18|19|20)[0-9]{2}")
_SEPARATORS = re.compile(r"[|,]")


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """The columns of a labels table.

    `files` name files, one column a collection of them, or hold plots, which name themselves; `genres` are columns
    with the source whose words they speak ("" for words of their own); `groups` what must stay together. Of `genres`
    and of `groups` the first filled one counts. Without `genres`, the column of that name counts, else one-hot ones.
    `year` is the film's, where the last of `files` are titles; `known` names the source of each row, and `unknown`
    genres of which it says nothing.
    """

    files: tuple[str, ...]
    genres: tuple[tuple[str, str], ...] = ()
    groups: tuple[str, ...] = ()
    year: str = ""
    known: str = ""
    unknown: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        """The columns that are named."""
        genres = (name for name, _ in self.genres)
        return (*self.files, *genres, *self.groups, *filter(None, (self.year, self.known, self.unknown)))


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file of a collection, or a plot, and its genres in the words of `source`; a `group` stays together.

    `row` is the number of the row that names it: what stands in one row is of one film. Of the genres `unknown` it
    says nothing. `published` is its split as the table gives it, "" for none.
    """

    collection: int
    file: str
    genres: tuple[str, ...]
    source: str
    group: str
    row: int = field(default=0, compare=False)
    unknown: tuple[str, ...] = ()
    published: str = field(default="", compare=False)

    @property
    def named(self) -> tuple[str, ...]:
        """The canonical genres that they mean; without a source the words as they stand."""
        return read_genres(self.genres, self.source).genres if self.source else self.genres

    @property
    def unsaid(self) -> frozenset[str]:
        """The genres that are unknown, as they stand and as its source means them."""
        return frozenset((*self.unknown, *(read_genres(self.unknown, self.source).genres if self.source else ())))


@dataclass(frozen=True, slots=True)
class Labels:
    """The usable rows of a labels table, each file once.

    `skipped` rows named no file or no genre; `damaged` ones are not text in UTF-8; `repeated` files had been named by
    an earlier row. `one_hot` are the columns of genres, where there is one for each.
    """

    files: tuple[LabelledFile, ...]
    skipped: int
    repeated: int
    damaged: int
    one_hot: OneHot = NO_ONE_HOT


def read_labels(path: Path, columns: LabelColumns, taxonomy: Taxonomy = NO_TAXONOMY) -> Labels:
    """Return the labels in a CSV file (UTF-8 with or without BOM; "," or ";" between fields).

    Genres are separated by "|" or ",", or have a column each, headed by a genre or a word of the `taxonomy`; without a
    source they mean what it says, where there is one. Groups are
    compared by their title stems, so that "Iron Man" and "Iron Man 2" stay together; a row without any is a group by
    itself. Raises BadTrainingData for an unreadable file, a missing column, no usable row, or one of which less than
    half is UTF-8.
    """
    table = _open_table(path, columns, taxonomy)
    files: dict[tuple[int, str], LabelledFile] = {}
    number = skipped = repeated = damaged = 0
    for number, row in enumerate(table.rows, start=1):
        if any(map(_NO_TEXT.search, row.values())):
            damaged += 1
            continue
        spelled = ((_split_genres(row[name]), its) for name, its in table.genres)
        genres, source = next(((found, its) for found, its in spelled if found), ((), ""))
        source = (_check_source(path, row[columns.known]) if columns.known else "") or source
        genres = table.one_hot.read([row[name] for name in table.names]) if table.one_hot.columns else genres
        if taxonomy.words and not source:
            genres = read_tags(genres, HOUSE, taxonomy).genres
        if columns.year and row[columns.year]:
            row[columns.files[-1]] = add_year(row[columns.files[-1]], row[columns.year])
        named = [(place, row[column]) for place, column in enumerate(columns.files) if row[column]]
        if not named or not genres:
            skipped += 1
            continue
        group = next(filter(None, (title_stem(row[column]) for column in columns.groups)), named[0][1])
        unknown = _split_genres(row[columns.unknown]) if columns.unknown else ()
        for key in named:
            repeated += key in files
            files.setdefault(key, LabelledFile(*key, genres, source, group, number, unknown, row.get(SPLIT, "")))
    if damaged * 2 > number:
        raise BadTrainingData(f"{damaged:,} of the {number:,} rows of {path} are not valid UTF-8; save it as CSV UTF-8")
    if not files:
        genre_columns = " or ".join((*(name for name, _ in table.genres), *table.one_hot.words))
        raise BadTrainingData(f"no row of {path} has something in {' or '.join(columns.files)} and in {genre_columns}")
    return Labels(tuple(files.values()), skipped, repeated, damaged, table.one_hot)


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of a table by the names of its columns, and the columns that hold genres."""

    names: Sequence[str]
    rows: Iterator[dict[str, str]]
    genres: tuple[tuple[str, str], ...]
    one_hot: OneHot


def _open_table(path: Path, columns: LabelColumns, taxonomy: Taxonomy) -> _Table:
    rows = _read_rows(path)
    names = tuple(next(rows, {}))
    one_hot, genres = NO_ONE_HOT, columns.genres or ((GENRES, ""),)
    if not columns.genres and GENRES not in names:
        sample = list(islice(rows, SAMPLE))
        rows = chain(sample, rows)
        taken = {names.index(name) for name in (*columns.all, SPLIT) if name in names}
        one_hot = find_one_hot(names, [list(row.values()) for row in sample], taxonomy, taken)
        genres = () if one_hot.columns else genres
    _check_columns(path, wanted=replace(columns, genres=genres).all, names=names)
    return _Table(names, rows, genres, one_hot)


def _read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the columns of the header and then of each row, stripped; a short row has empty fields."""
    csv.field_size_limit(MAX_FIELD)
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            header = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=";" if header.count(";") > header.count(",") else ",")
            names = reader.fieldnames or ()
            if any(map(_NO_TEXT.search, names)):
                raise BadTrainingData(f"{path} is not a table in UTF-8; save it as CSV UTF-8")
            yield dict.fromkeys(names, "")
            for row in reader:
                yield {column: (row[column] or "").strip() for column in names}
    except (OSError, csv.Error) as exc:
        raise BadTrainingData(f"the labels in {path} can't be read: {exc}") from exc


def _check_columns(path: Path, *, wanted: tuple[str, ...], names: Sequence[str]) -> None:
    if not names:
        raise BadTrainingData(f"{path} is empty; its first line names its columns")
    for column in wanted:
        if column not in names:
            raise BadTrainingData(f"{path} has no column {column!r}; its columns are {', '.join(names)}")


def _check_source(path: Path, name: str) -> str:
    if name and name not in VOCABULARIES:
        raise BadTrainingData(f"{name[:80]!r} in {path} is not a vocabulary; use one of {', '.join(VOCABULARIES)}")
    return name


def add_year(title: str, year: str) -> str:
    """Return a film's title with its year, "Heat (1995)"; "" for no title, and the title alone for no such year."""
    return f"{title} ({year})" if title and _YEAR.fullmatch(year) else title


def _split_genres(text: str) -> tuple[str, ...]:
    """Return the genres in a field, each once, in their order."""
    return tuple(dict.fromkeys(genre for part in _SEPARATORS.split(text) if (genre := part.strip())))
