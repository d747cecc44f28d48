"""The labels table for training: which picture or trailer has which genres, and which belong together."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from classifier.errors import BadTrainingData

MAX_FIELD = 10_000_000  # characters; plots of a few thousand pass Python's limit of 131,072 only by luck

_SEPARATORS = re.compile(r"[|,]")


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file and its genres; files of one `group` must not stand on both sides of a split."""

    file: str
    genres: tuple[str, ...]
    group: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The usable rows of a labels table, each file once.

    `skipped` rows named no file or no genre; `repeated` rows named a file that an earlier row had named.
    """

    files: tuple[LabelledFile, ...]
    skipped: int
    repeated: int


def read_labels(path: Path, *, file_column: str, genres_column: str, group_columns: tuple[str, ...] = ()) -> Labels:
    """Return the labels in a CSV file (UTF-8 with or without BOM; "," or ";" between fields).

    Genres are separated by "|" or ",". A row's group is its first non-empty group column, compared without
    case, blanks and punctuation (so a film with a collection is grouped by the collection, others by title);
    else the file itself. Raises BadTrainingData for an unreadable file or a missing column.
    """
    wanted = (file_column, genres_column, *group_columns)
    files: dict[str, LabelledFile] = {}
    skipped = repeated = 0
    for row in _read_rows(path, wanted=wanted):
        file, genres = row[file_column], _split_genres(row[genres_column])
        if not file or not genres:
            skipped += 1
        elif file in files:
            repeated += 1
        else:
            group = next(filter(None, (_normalise(row[column]) for column in group_columns)), file)
            files[file] = LabelledFile(file=file, genres=genres, group=group)
    return Labels(files=tuple(files.values()), skipped=skipped, repeated=repeated)


def _read_rows(path: Path, *, wanted: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Yield the wanted columns of each row, stripped; a short row has empty fields."""
    csv.field_size_limit(MAX_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = _sniff(file.readline())
            file.seek(0)
            reader = csv.DictReader(file, delimiter=delimiter)
            _check_columns(path, wanted=wanted, present=reader.fieldnames or ())
            for row in reader:
                yield {column: (row[column] or "").strip() for column in wanted}
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise BadTrainingData(f"the labels in {path} can't be read: {exc}") from exc


def _sniff(header: str) -> str:
    return ";" if header.count(";") > header.count(",") else ","


def _check_columns(path: Path, *, wanted: tuple[str, ...], present: object) -> None:
    names = list(present) if isinstance(present, (list, tuple)) else []
    for column in wanted:
        if column not in names:
            raise BadTrainingData(f"{path} has no column {column!r}; its columns are {', '.join(names)}")


def _split_genres(text: str) -> tuple[str, ...]:
    """Return the genres in a field, each once, in their order."""
    return tuple(dict.fromkeys(genre for part in _SEPARATORS.split(text) if (genre := part.strip())))


def _normalise(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
