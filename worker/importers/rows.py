"""Rows of published data sets: what a list says of one trailer, or why a row of it can't be used."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Published:
    """One trailer as it is published: `source` a link, a YouTube id or an absolute path; `genres` as written.

    `split` is the published part it belongs to: train, valid or test.
    """

    source: str
    imdb_id: str | None = None
    title: str | None = None
    genres: tuple[str, ...] = ()
    split: str | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """A row that names no trailer: an error code of the table and the reason."""

    code: str
    reason: str


Row = Published | Unusable
Read = Callable[[Path, Say], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class ListDataset:
    """A published list of trailers; `vocabulary` names its genres' in `classifier.genres`, `read` gives its rows."""

    name: str
    vocabulary: str
    read: Read
