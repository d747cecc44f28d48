"""The labels table for training: the genres of pictures, plots or trailers, and their groups."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifier.errors import BadTrainingData
from classifier.genres import read_genres
from classifier.title_stem import title_stem

MAX_FIELD = 10_000_000  # characters; plots of a few thousand pass Python's limit of 131,072 only by luck

_SEPARATORS = re.compile(r"[|,]")


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """The columns of a labels table.

    `files` name files, one column a collection of them, or hold plots, which name themselves; `genres` are columns
    with the source whose words they speak ("" for words of their own); `groups` what must stay together. Of `genres`
    and of `groups` the first filled one counts.
    """

    files: tuple[str, ...]
    genres: tuple[tuple[str, str], ...]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file of a collection, or a plot, and its genres in the words of `source`; a `group` stays together.

    `row` is the number of the row that names it: what stands in one row is of one film.
    """

    collection: int
    file: str
    genres: tuple[str, ...]
    source: str
    group: str
    row: int = field(default=0, compare=False)

    @property
    def named(self) -> tuple[str, ...]:
        """The canonical genres that they mean; without a source the words as they stand."""
        return read_genres(self.genres, self.source).genres if self.source else self.genres


@dataclass(frozen=True, slots=True)
class Labels:
    """The usable rows of a labels table, each file once.

    `skipped` rows named no file or no genre; `repeated` files had been named by an earlier row.
    """

    files: tuple[LabelledFile, ...]
    skipped: int
    repeated: int


def read_labels(path: Path, columns: LabelColumns) -> Labels:
    """Return the labels in a CSV file (UTF-8 with or without BOM; "," or ";" between fields).

    Genres are separated by "|" or ",". Groups are compared by their title stems, so that "Iron Man" and "Iron Man 2"
    stay together; a row without any is a group by itself. Raises BadTrainingData for an unreadable file, a missing
    column, or no usable row.
    """
    wanted = (*columns.files, *(name for name, _ in columns.genres), *columns.groups)
    files: dict[tuple[int, str], LabelledFile] = {}
    skipped = repeated = 0
    for number, row in enumerate(_read_rows(path, wanted=wanted)):
        spelled = ((_split_genres(row[name]), its) for name, its in columns.genres)
        genres, source = next(((found, its) for found, its in spelled if found), ((), ""))
        named = [(place, row[column]) for place, column in enumerate(columns.files) if row[column]]
        if not named or not genres:
            skipped += 1
            continue
        group = next(filter(None, (title_stem(row[column]) for column in columns.groups)), named[0][1])
        for key in named:
            repeated += key in files
            files.setdefault(key, LabelledFile(*key, genres=genres, source=source, group=group, row=number))
    if not files:
        genre_columns = " or ".join(name for name, _ in columns.genres)
        raise BadTrainingData(f"no row of {path} has something in {' or '.join(columns.files)} and in {genre_columns}")
    return Labels(files=tuple(files.values()), skipped=skipped, repeated=repeated)


def _read_rows(path: Path, *, wanted: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Yield the wanted columns of each row, stripped; a short row has empty fields."""
    csv.field_size_limit(MAX_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=";" if header.count(";") > header.count(",") else ",")
            _check_columns(path, wanted=wanted, names=reader.fieldnames or ())
            for row in reader:
                yield {column: (row[column] or "").strip() for column in wanted}
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise BadTrainingData(f"the labels in {path} can't be read: {exc}") from exc


def _check_columns(path: Path, *, wanted: tuple[str, ...], names: Sequence[str]) -> None:
    if not names:
        raise BadTrainingData(f"{path} is empty; its first line names its columns")
    for column in wanted:
        if column not in names:
            raise BadTrainingData(f"{path} has no column {column!r}; its columns are {', '.join(names)}")


def _split_genres(text: str) -> tuple[str, ...]:
    """Return the genres in a field, each once, in their order."""
    return tuple(dict.fromkeys(genre for part in _SEPARATORS.split(text) if (genre := part.strip())))
